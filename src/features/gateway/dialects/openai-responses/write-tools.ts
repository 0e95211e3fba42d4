import type { Conversation, FunctionTool, ProviderTool, ToolChoice } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { freeformNames } from './freeform.ts';
import { notConvertible } from './request-place.ts';

/** Names of tools are `^[a-zA-Z0-9_-]{1,64}$`. */
export const TOOL_NAME_CHARACTERS_MAX = 64;

/** Throws `invalid_input` for a tool that only another provider runs. */
export function writeTools({ tools }: Conversation, to: Target, losses: Losses): readonly JsonObject[] {
  return tools.map((tool) => {
    if (tool.cache !== null) losses.drop(tool.cache.at);
    return tool.type === 'function' ? writeFunction(tool, to) : writeProviderTool(tool, losses);
  });
}

function writeFunction(tool: FunctionTool, to: Target): JsonObject {
  const name = to.toolNames.outward(tool.name, TOOL_NAME_CHARACTERS_MAX);
  const description = tool.description === null ? {} : { description: tool.description };
  if (tool.isFreeform === true) return { type: 'custom', name, ...description };
  return {
    type: 'function',
    name,
    ...description,
    parameters: parameters(tool.schema),
    // Without a word this API holds a model to the schema, and changes the schema so that it can.
    strict: tool.strict?.value ?? false,
  };
}

/** A schema is required, and one of an object. */
function parameters(schema: JsonObject | null): JsonObject {
  if (schema === null) return { type: 'object', properties: {} };
  if (schema.type !== undefined) return schema;
  return { type: 'object', ...(schema.properties === undefined ? { properties: {} } : {}), ...schema };
}

function writeProviderTool(tool: ProviderTool, losses: Losses): JsonObject {
  if (tool.dialect === 'openai-responses' && isJsonObject(tool.value)) return tool.value;
  if (tool.kind === 'web_search') return writeWebSearch(tool, losses);
  throw notConvertible(tool.at, `the tool ${tool.name} is run by another provider`, 'send a tool of your own instead');
}

/** What other dialects call theirs. */
const SEARCH_LABELS = new Set(['type', 'name', 'cache_control']);

function writeWebSearch({ value, at }: ProviderTool, losses: Losses): JsonObject {
  const written: Record<string, JsonValue> = { type: 'web_search' };
  for (const [key, member] of Object.entries(isJsonObject(value) ? value : {})) {
    if (member === null || member === undefined || SEARCH_LABELS.has(key)) continue;
    if (key === 'allowed_domains') written.filters = { allowed_domains: member };
    else if (key === 'user_location' && isJsonObject(member)) written.user_location = location(member);
    else if (key === 'search_context_size') written.search_context_size = member;
    else if (!isEmpty(member)) losses.drop(`${at}.${key}`);
  }
  return written;
}

function isEmpty(member: JsonValue): boolean {
  return Array.isArray(member) ? member.length === 0 : isJsonObject(member) && Object.keys(member).length === 0;
}

/** Chat Completions wraps the place once more than this API and the Messages API do. */
function location(member: JsonObject): JsonObject {
  const place = isJsonObject(member.approximate) ? member.approximate : member;
  const known = ['city', 'region', 'country', 'timezone'].flatMap((key) => {
    const text = stringMember(place, key);
    return text === undefined ? [] : [[key, text] as const];
  });
  return { type: 'approximate', ...Object.fromEntries(known) };
}

/** `tool_choice` and `parallel_tool_calls`; the API refuses both where there are no tools. */
export function writeToolChoice(conversation: Conversation, to: Target, losses: Losses): JsonObject {
  const { tools, toolChoice, parallelToolCalls } = conversation;
  if (tools.length === 0) {
    const type = toolChoice?.value.type;
    if (toolChoice !== null && (type === 'required' || type === 'named')) losses.drop(toolChoice.at);
    return {};
  }
  const freeform = freeformNames(tools);
  const named = (name: string): JsonObject => ({
    type: freeform.has(name) ? 'custom' : 'function',
    name: to.toolNames.outward(name, TOOL_NAME_CHARACTERS_MAX),
  });
  return {
    ...(toolChoice === null ? {} : { tool_choice: choiceOf(toolChoice.value, named) }),
    ...(parallelToolCalls === null ? {} : { parallel_tool_calls: parallelToolCalls.value }),
  };
}

function choiceOf(choice: ToolChoice, named: (name: string) => JsonObject): JsonValue {
  if (choice.type === 'named') return named(choice.name);
  if (choice.type !== 'required' || choice.names === null) return choice.type;
  const [only, ...others] = choice.names;
  if (only !== undefined && others.length === 0) return named(only);
  return { type: 'allowed_tools', mode: 'required', tools: choice.names.map(named) };
}
