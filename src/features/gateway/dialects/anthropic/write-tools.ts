import type { Conversation, FunctionTool, ProviderTool } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import type { CacheMarkerWriter } from './cache-markers.ts';
import { notConvertible } from './not-convertible.ts';
import { TOOL_NAME_CHARACTERS_MAX } from './write-settings.ts';

export function writeTools(
  { tools }: Conversation,
  to: Target,
  markers: CacheMarkerWriter,
  losses: Losses,
): readonly JsonObject[] {
  return tools.map((tool) =>
    tool.type === 'function' ? writeFunction(tool, to, markers) : writeProviderTool(tool, markers, losses),
  );
}

function writeFunction(tool: FunctionTool, to: Target, markers: CacheMarkerWriter): JsonObject {
  return {
    name: to.toolNames.outward(tool.name, TOOL_NAME_CHARACTERS_MAX),
    ...(tool.description === null ? {} : { description: tool.description }),
    input_schema: inputSchema(tool.schema),
    ...(tool.strict === null ? {} : { strict: tool.strict.value }),
    ...markers.members(tool.cache),
  };
}

/** The API requires a schema, and one of an object. */
function inputSchema(schema: JsonObject | null): JsonObject {
  if (schema === null) return { type: 'object', properties: {} };
  if (schema.type !== undefined) return schema;
  return { type: 'object', ...(schema.properties === undefined ? { properties: {} } : {}), ...schema };
}

function writeProviderTool(tool: ProviderTool, markers: CacheMarkerWriter, losses: Losses): JsonObject {
  if (tool.dialect === 'anthropic' && isJsonObject(tool.value)) {
    if (tool.cache !== null) markers.counted();
    return tool.value;
  }
  if (tool.kind === 'web_search') return writeWebSearch(tool, losses);
  throw notConvertible(tool.at, `the tool ${tool.name} is run by another provider`, 'send a tool of your own instead');
}

/** The oldest version of the tool, which every model has that has any. */
function writeWebSearch({ value, at }: ProviderTool, losses: Losses): JsonObject {
  const source = isJsonObject(value) ? value : {};
  const written: Record<string, JsonValue> = { type: 'web_search_20250305', name: 'web_search' };
  for (const [key, member] of Object.entries(source)) {
    if (member === null || member === undefined || key === 'type') continue;
    if (key === 'user_location' && isJsonObject(member)) written.user_location = location(member);
    else if (key === 'filters' && isJsonObject(member)) writeFilters(member, written, `${at}.filters`, losses);
    else if (key === 'search_context_size' && member === 'medium') continue;
    else if (!(isJsonObject(member) && Object.keys(member).length === 0)) losses.drop(`${at}.${key}`);
  }
  return written;
}

function writeFilters(filters: JsonObject, written: Record<string, JsonValue>, at: string, losses: Losses): void {
  for (const [key, member] of Object.entries(filters)) {
    if (member === null || member === undefined) continue;
    // Allowed and blocked domains exclude each other, and the narrower one decides what is found.
    if (key === 'allowed_domains') written.allowed_domains = member;
    else if (key === 'blocked_domains' && filters.allowed_domains === undefined) written.blocked_domains = member;
    else losses.drop(`${at}.${key}`);
  }
}

/** OpenAI Chat wraps the place once more than OpenAI Responses and this API do. */
function location(member: JsonObject): JsonObject {
  const place = isJsonObject(member.approximate) ? member.approximate : member;
  const known = ['city', 'region', 'country', 'timezone'].flatMap((key) => {
    const text = stringMember(place, key);
    return text === undefined ? [] : [[key, text] as const];
  });
  return { type: 'approximate', ...Object.fromEntries(known) };
}
