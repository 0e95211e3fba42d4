import type { Conversation, FunctionTool, ProviderTool, ToolChoice } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { memberAt, notConvertible } from './request-place.ts';
import { TOOL_NAME_CHARACTERS_MAX, type Writing } from './writing.ts';

/** `tools`, and beside them how to search the web. */
export function writeTools({ tools }: Conversation, writing: Writing): JsonObject {
  const functions = tools.flatMap((tool) => (tool.type === 'function' ? [writeFunction(tool, writing)] : []));
  let search: JsonObject = {};
  for (const tool of tools) if (tool.type === 'provider') search = { ...search, ...writeProviderTool(tool, writing) };
  return { ...(functions.length === 0 ? {} : { tools: functions }), ...search };
}

function writeFunction(tool: FunctionTool, { to, accent, losses }: Writing): JsonObject {
  const { name, description, schema, strict, cache } = tool;
  if (cache !== null) losses.drop(cache.at);
  const keepsStrict = accent.takes.has('strict');
  if (strict?.value === true && !keepsStrict) losses.drop(strict.at);
  return {
    type: 'function',
    function: {
      name: to.toolNames.outward(name, TOOL_NAME_CHARACTERS_MAX),
      ...(description === null ? {} : { description }),
      parameters: parametersOf(schema),
      ...(strict === null || !keepsStrict ? {} : { strict: strict.value }),
    },
  };
}

/** Many require a schema, and one of an object. */
function parametersOf(schema: JsonObject | null): JsonObject {
  if (schema === null) return { type: 'object', properties: {} };
  if (schema.type !== undefined) return schema;
  return { type: 'object', ...(schema.properties === undefined ? { properties: {} } : {}), ...schema };
}

function writeProviderTool(tool: ProviderTool, { accent, traits, losses }: Writing): JsonObject {
  if (tool.kind !== 'web_search') {
    throw notConvertible(
      tool.at,
      `the tool ${tool.name} is run by another provider`,
      'send a tool of your own instead',
    );
  }
  if (tool.cache !== null) losses.drop(tool.cache.at);
  // Models that are known, and known not to search, refuse to be told how.
  const cannotSearch = traits.reasons !== null && !traits.searches && accent.webSearch === 'web_search_options';
  if (accent.webSearch === null || cannotSearch) {
    losses.drop(tool.at);
    return {};
  }
  const options = searchOptions(tool, losses);
  switch (accent.webSearch) {
    case 'web_search_options':
      return { web_search_options: options };
    case 'plugins':
      return {
        plugins: [{ id: 'web' }],
        ...(Object.keys(options).length === 0 ? {} : { web_search_options: options }),
      };
    case 'enable_search':
      for (const key of Object.keys(options)) losses.drop(memberAt(tool.at, key));
      return { enable_search: true };
  }
}

/** How much of the web is read, and where the user is; domains and counts have no counterpart. */
function searchOptions({ value, at }: ProviderTool, losses: Losses): JsonObject {
  const options: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(isJsonObject(value) ? value : {})) {
    if (member === null || member === undefined || key === 'type' || key === 'name') continue;
    if (key === 'user_location' && isJsonObject(member)) options.user_location = location(member);
    else if (key === 'search_context_size') options.search_context_size = member;
    else if (!(isJsonObject(member) && Object.keys(member).length === 0)) losses.drop(memberAt(at, key));
  }
  return options;
}

/** Chat Completions wrap the place once more than the other dialects do. */
function location(member: JsonObject): JsonObject {
  const place = isJsonObject(member.approximate) ? member.approximate : member;
  const known = ['city', 'region', 'country', 'timezone'].flatMap((key) => {
    const text = stringMember(place, key);
    return text === undefined ? [] : [[key, text] as const];
  });
  return { type: 'approximate', approximate: Object.fromEntries(known) };
}

/** `tool_choice` and `parallel_tool_calls`; both are refused where there are no functions. */
export function writeToolChoice(conversation: Conversation, writing: Writing): JsonObject {
  const { toolChoice, parallelToolCalls } = conversation;
  const { accent, traits, losses } = writing;
  const choice = toolChoice === null ? undefined : choiceOf(toolChoice.value, conversation, writing);
  const isTold = accent.takes.has('parallel_tool_calls') && traits.takesParallelCalls;
  if (parallelToolCalls?.value === false && !isTold) losses.drop(parallelToolCalls.at);
  return {
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(parallelToolCalls === null || !isTold ? {} : { parallel_tool_calls: parallelToolCalls.value }),
  };
}

function choiceOf(choice: ToolChoice, conversation: Conversation, writing: Writing): JsonValue | undefined {
  const { accent, losses } = writing;
  const at = conversation.toolChoice?.at ?? '';
  const choices = accent.toolChoices;
  if (choices === null) {
    if (choice.type !== 'auto') losses.drop(at);
    return undefined;
  }
  if (choice.type === 'auto' || choice.type === 'none') return choice.type;
  const names = namesOf(choice);
  const [only, ...others] = names;
  if (only !== undefined && !isFunction(only, conversation)) {
    losses.drop(at);
    return undefined;
  }
  if (only !== undefined && others.length === 0 && choices.has('named')) return functionNamed(only, writing);
  if (others.length > 0 && choices.has('allowed_tools')) {
    const tools = names.map((name) => functionNamed(name, writing));
    return { type: 'allowed_tools', allowed_tools: { mode: 'required', tools } };
  }
  const isForced = choices.has('required');
  if (only !== undefined || !isForced) losses.change(at);
  return isForced ? 'required' : 'auto';
}

function namesOf(choice: ToolChoice): readonly string[] {
  if (choice.type === 'named') return [choice.name];
  return choice.type === 'required' ? (choice.names ?? []) : [];
}

/** What a provider runs cannot be asked for by name. */
function isFunction(name: string, { tools }: Conversation): boolean {
  return tools.some((tool) => tool.type === 'function' && tool.name === name);
}

function functionNamed(name: string, { to }: Writing): JsonObject {
  return { type: 'function', function: { name: to.toolNames.outward(name, TOOL_NAME_CHARACTERS_MAX) } };
}
