import type { FunctionTool, ProviderTool, Tool, ToolChoice } from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { FREEFORM_SCHEMA } from './freeform.ts';
import { invalidRequest, noteBeyond, objectAt, objectsAt, type Place, requiredName } from './request-place.ts';

const FUNCTION_MEMBERS = new Set(['type', 'name', 'description', 'parameters', 'strict']);
const CUSTOM_MEMBERS = new Set(['type', 'name', 'description', 'format']);

export function readTools(body: JsonObject, beyond: string[]): readonly Tool[] {
  return objectsAt(body, 'tools', '').map((tool, index) => {
    const place: Place = { at: `tools[${index}]`, beyond };
    const type = requiredName(tool, 'type', place.at);
    if (type === 'function') return readFunction(tool, place);
    return type === 'custom' ? readCustom(tool, place) : readProviderTool(tool, type, place);
  });
}

function readFunction(tool: JsonObject, place: Place): FunctionTool {
  noteBeyond(withoutDefaults(tool), FUNCTION_MEMBERS, place);
  const { at } = place;
  return {
    type: 'function',
    name: requiredName(tool, 'name', at),
    description: stringMember(tool, 'description') ?? null,
    schema: objectAt(tool, 'parameters', at) ?? null,
    strict: typeof tool.strict === 'boolean' ? { value: tool.strict, at: `${at}.strict` } : null,
    cache: null,
    at,
  };
}

function readCustom(tool: JsonObject, place: Place): FunctionTool {
  noteBeyond(withoutDefaults(tool), CUSTOM_MEMBERS, place);
  const { at, beyond } = place;
  const format = objectAt(tool, 'format', at);
  // A grammar binds what the model may write, which no other dialect can ask for.
  if (format !== undefined && format.type !== 'text') beyond.push(`${at}.format`);
  return {
    type: 'function',
    name: requiredName(tool, 'name', at),
    description: stringMember(tool, 'description') ?? null,
    schema: FREEFORM_SCHEMA,
    strict: null,
    isFreeform: true,
    cache: null,
    at,
  };
}

/** Clients spell out that a tool is not deferred and that only the model calls it; both are so anyway. */
function withoutDefaults(tool: JsonObject): JsonObject {
  const callers = tool.allowed_callers;
  const onlyDirect = Array.isArray(callers) && callers.length === 1 && callers[0] === 'direct';
  return {
    ...tool,
    allowed_callers: onlyDirect ? undefined : callers,
    defer_loading: tool.defer_loading === false ? undefined : tool.defer_loading,
    async: tool.async === false ? undefined : tool.async,
  };
}

function readProviderTool(tool: JsonObject, type: string, { at }: Place): ProviderTool {
  return {
    type: 'provider',
    kind: /^web_search(_preview)?(_[\d_]+)?$/.test(type) ? 'web_search' : 'other',
    dialect: 'openai-responses',
    name: type,
    value: tool,
    cache: null,
    at,
  };
}

export function readToolChoice(body: JsonObject, beyond: string[]): Stated<ToolChoice> | null {
  const at = 'tool_choice';
  const choice = body.tool_choice;
  if (choice === undefined || choice === null) return null;
  if (choice === 'auto' || choice === 'none') return { value: { type: choice }, at };
  if (choice === 'required') return { value: { type: 'required', names: null }, at };
  if (!isJsonObject(choice)) {
    throw invalidRequest(at, 'auto, none, required or an object is required', 'send one of them');
  }
  switch (requiredName(choice, 'type', at)) {
    case 'function':
    case 'custom':
      return { value: { type: 'named', name: requiredName(choice, 'name', at) }, at };
    case 'allowed_tools':
      return { value: readAllowedTools(choice, beyond), at };
    default:
      beyond.push(at);
      return null;
  }
}

/** Tools that may be called among all that there are; without a duty to call one, nobody else can be told of it. */
function readAllowedTools(choice: JsonObject, beyond: string[]): ToolChoice {
  const at = 'tool_choice';
  const names: string[] = [];
  for (const [index, tool] of objectsAt(choice, 'tools', at).entries()) {
    const name = isNamed(tool.type) ? stringMember(tool, 'name') : undefined;
    if (name === undefined) beyond.push(`${at}.tools[${index}]`);
    else names.push(name);
  }
  if (choice.mode === 'required') return { type: 'required', names: names.length === 0 ? null : names };
  beyond.push(`${at}.tools`);
  return { type: 'auto' };
}

function isNamed(type: JsonValue | undefined): boolean {
  return type === 'function' || type === 'custom';
}

export function readParallelToolCalls(body: JsonObject): Stated<boolean> | null {
  const at = 'parallel_tool_calls';
  const value = body[at];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'boolean') throw invalidRequest(at, 'a boolean is required', 'send true or false');
  return { value, at };
}
