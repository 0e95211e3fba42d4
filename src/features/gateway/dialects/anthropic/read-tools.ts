import type { FunctionTool, ProviderTool, Tool } from '#features/gateway/conversation/conversation';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { readCacheMarker } from './cache-markers.ts';
import { invalidRequest, listAt, noteBeyond, objectAt, type Place, requiredString } from './request-place.ts';

const READ = ['type', 'name', 'description', 'input_schema', 'strict', 'cache_control'];

/** Whether the arguments come in larger or smaller pieces, and who may call when only the model can. */
const WITHOUT_EFFECT_ELSEWHERE = ['eager_input_streaming'];

const KNOWN_MEMBERS = new Set([...READ, ...WITHOUT_EFFECT_ELSEWHERE]);

export function readTools(body: JsonObject, { beyond }: Place): readonly Tool[] {
  return (listAt(body, 'tools', '') ?? []).map((tool: JsonValue, index) => {
    const place: Place = { at: `tools[${index}]`, beyond };
    if (!isJsonObject(tool)) throw invalidRequest(place.at, 'an object is required', 'send {name, input_schema}');
    const type = stringMember(tool, 'type');
    return type === undefined || type === 'custom' ? readFunction(tool, place) : readProviderTool(tool, type, place);
  });
}

function readFunction(tool: JsonObject, place: Place): FunctionTool {
  noteBeyond(withoutDefaults(tool), KNOWN_MEMBERS, place);
  const { at } = place;
  return {
    type: 'function',
    name: requiredString(tool, 'name', at),
    description: stringMember(tool, 'description') ?? null,
    schema: objectAt(tool, 'input_schema', at) ?? null,
    strict: typeof tool.strict === 'boolean' ? { value: tool.strict, at: `${at}.strict` } : null,
    cache: readCacheMarker(tool, place),
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
  };
}

function readProviderTool(tool: JsonObject, type: string, place: Place): ProviderTool {
  return {
    type: 'provider',
    kind: /^web_search_\d+$/.test(type) ? 'web_search' : 'other',
    dialect: 'anthropic',
    name: type,
    value: tool,
    cache: readCacheMarker(tool, place),
    at: place.at,
  };
}
