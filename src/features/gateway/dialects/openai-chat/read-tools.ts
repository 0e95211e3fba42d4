import type { Conversation, FunctionTool, Tool, ToolChoice } from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { readCacheMarker } from './cache-markers.ts';
import { FREEFORM_SCHEMA } from './freeform.ts';
import {
  invalidRequest,
  memberAt,
  noteBeyond,
  objectAt,
  objectsAt,
  type Place,
  requiredName,
} from './request-place.ts';

/** `functions` and `function_call` are the forms before `tools` and `tool_choice`. */
export const TOOL_MEMBERS = [
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'web_search_options',
  'functions',
  'function_call',
];

const TOOL_KEYS = new Set(['type', 'function', 'custom', 'cache_control']);
const FUNCTION_KEYS = new Set(['name', 'description', 'parameters', 'strict', 'cache_control']);
const CUSTOM_KEYS = new Set(['name', 'description', 'format']);

export function readTools(body: JsonObject, place: Place): Pick<Conversation, 'tools' | 'parallelToolCalls'> {
  const { parallel_tool_calls, web_search_options } = body;
  const { beyond } = place;
  const tools = objectsAt(body, 'tools', '').map((tool, index) => readTool(tool, { at: `tools[${index}]`, beyond }));
  const functions = objectsAt(body, 'functions', '').map((named, index) =>
    readFunction(named, named, { at: `functions[${index}]`, beyond }),
  );
  return {
    tools: [...tools, ...functions, ...(isJsonObject(web_search_options) ? [webSearch(web_search_options)] : [])],
    parallelToolCalls:
      typeof parallel_tool_calls === 'boolean' ? { value: parallel_tool_calls, at: 'parallel_tool_calls' } : null,
  };
}

/** Searching is asked for beside the tools, and has a counterpart elsewhere. */
function webSearch(options: JsonObject): Tool {
  return {
    type: 'provider',
    kind: 'web_search',
    dialect: 'openai-chat',
    name: 'web_search_options',
    value: options,
    cache: null,
    at: 'web_search_options',
  };
}

function readTool(tool: JsonObject, place: Place): Tool {
  const { at } = place;
  const type = requiredName(tool, 'type', at);
  if (type !== 'function' && type !== 'custom') {
    return { type: 'provider', kind: 'other', dialect: 'openai-chat', name: type, value: tool, cache: null, at };
  }
  noteBeyond(tool, TOOL_KEYS, place);
  const named = objectAt(tool, type, at);
  const namedAt = memberAt(at, type);
  if (named === undefined) throw invalidRequest(namedAt, 'an object is required', 'send {name, parameters}');
  const namedPlace = { ...place, at: namedAt };
  return type === 'custom' ? readCustom(named, namedPlace) : readFunction(named, tool, namedPlace);
}

function readFunction(named: JsonObject, tool: JsonObject, place: Place): FunctionTool {
  noteBeyond(named, FUNCTION_KEYS, place);
  const { at } = place;
  return {
    type: 'function',
    name: requiredName(named, 'name', at),
    description: stringMember(named, 'description') ?? null,
    schema: objectAt(named, 'parameters', at) ?? null,
    strict: typeof named.strict === 'boolean' ? { value: named.strict, at: memberAt(at, 'strict') } : null,
    cache: readCacheMarker(tool, place) ?? readCacheMarker(named, place),
    at,
  };
}

/** Called with text. A grammar for the text is nobody else's; that it is plain text goes without saying. */
function readCustom(custom: JsonObject, place: Place): FunctionTool {
  noteBeyond(custom, CUSTOM_KEYS, place);
  const { at, beyond } = place;
  if (isJsonObject(custom.format) && custom.format.type !== 'text') beyond.push(memberAt(at, 'format'));
  return {
    type: 'function',
    name: requiredName(custom, 'name', at),
    description: stringMember(custom, 'description') ?? null,
    schema: FREEFORM_SCHEMA,
    strict: null,
    isFreeform: true,
    cache: null,
    at,
  };
}

export function readToolChoice(body: JsonObject, place: Place): Stated<ToolChoice> | null {
  const at = body.tool_choice === undefined || body.tool_choice === null ? 'function_call' : 'tool_choice';
  const choice = body[at];
  if (choice === undefined || choice === null) return null;
  return { value: choiceOf(choice, { ...place, at }), at };
}

function choiceOf(choice: JsonValue, place: Place): ToolChoice {
  const { at } = place;
  if (choice === 'auto' || choice === 'none') return { type: choice };
  // Mistral's word for it.
  if (choice === 'required' || choice === 'any') return { type: 'required', names: null };
  if (!isJsonObject(choice)) throw invalidRequest(at, 'is not a choice', 'send auto, none, required or a tool');
  const allowed = objectAt(choice, 'allowed_tools', at);
  if (allowed !== undefined) return allowedChoice(allowed, { ...place, at: memberAt(at, 'allowed_tools') });
  for (const key of ['function', 'custom']) {
    const named = objectAt(choice, key, at);
    if (named !== undefined) return { type: 'named', name: requiredName(named, 'name', memberAt(at, key)) };
  }
  return { type: 'named', name: requiredName(choice, 'name', at) };
}

function allowedChoice(allowed: JsonObject, { at, beyond }: Place): ToolChoice {
  const tools = objectsAt(allowed, 'tools', at);
  const names = tools.flatMap((tool) => stringMember(tool.function ?? tool.custom ?? tool, 'name') ?? []);
  if (allowed.mode === 'required') return { type: 'required', names };
  // Where the model may as well call none, the list only narrows, which no other dialect can say.
  beyond.push(memberAt(at, 'tools'));
  return { type: 'auto' };
}
