import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { ContentPart } from '#governance/policy/call';
import { MCP_LIMITS } from '../limits.ts';
import type { MethodRow } from '../methods.ts';

/** A client's request as it is judged, recorded and forwarded. */
export type ReadCall = {
  /** The tool's own name, or the method for everything else. */
  readonly subject: string;
  readonly toolName: string;
  readonly toolUseId: string | null;
  readonly content: readonly ContentPart[];
  /** The parameters that go on, with only those members of `_meta` that were judged or are well formed. */
  readonly params: JsonObject;
  /** The client's own token, where it asked for progress. */
  readonly progressToken: string | number | null;
};

/** Throws `invalid_input` when the parameters do not have the form that the method needs. */
export function readCall(server: string, { method }: MethodRow, params: JsonObject): ReadCall {
  const isTool = method === 'tools/call';
  const subject = isTool ? toolName(params) : method;
  if (isTool && params.arguments !== undefined && !isJsonObject(params.arguments)) {
    throw invalid('params.arguments', 'must be an object');
  }
  const meta = readMeta(params._meta);
  return {
    subject,
    toolName: `mcp__${server}__${subject}`,
    toolUseId: meta.toolUseId,
    content: contentOf(params, isTool, meta.judged),
    params: { ...params, _meta: meta.forwarded },
    progressToken: meta.progressToken,
  };
}

function toolName(params: JsonObject): string {
  const name = stringMember(params, 'name') ?? '';
  const { toolNameCharactersMax } = MCP_LIMITS;
  if (name.length === 0 || name.length > toolNameCharactersMax || /[\u0000-\u001f\u007f]/.test(name)) {
    throw invalid('params.name', `must be text of 1 to ${toolNameCharactersMax} printable characters`);
  }
  return name;
}

/** Everything that goes on is judged; of a tool call the name is not content but what the checks go by. */
function contentOf(params: JsonObject, isTool: boolean, judgedMeta: JsonObject): readonly ContentPart[] {
  const parts: ContentPart[] = [];
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined || key === '_meta' || (isTool && key === 'name')) continue;
    parts.push({ path: ['params', key], value });
  }
  if (Object.keys(judgedMeta).length > 0) parts.push({ path: ['params', '_meta'], value: judgedMeta });
  return parts;
}

const TOOL_USE_ID = 'claudecode/toolUseId';

/** Random by nature, so a scan for secrets would stumble over them; they go on only in their exact form. */
const WELL_FORMED: Readonly<Record<string, RegExp>> = {
  [TOOL_USE_ID]: /^toolu_[A-Za-z0-9_]{8,80}$/,
  traceparent: /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/,
};

function readMeta(meta: JsonValue | undefined): {
  judged: JsonObject;
  forwarded: JsonObject;
  toolUseId: string | null;
  progressToken: string | number | null;
} {
  if (meta !== undefined && !isJsonObject(meta)) throw invalid('params._meta', 'must be an object');
  const judged: Record<string, JsonValue> = {};
  const forwarded: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(meta ?? {})) {
    const form = WELL_FORMED[key];
    if (value === undefined || key === 'progressToken') continue;
    if (form === undefined) judged[key] = value;
    if (form === undefined || (typeof value === 'string' && form.test(value))) forwarded[key] = value;
  }
  const token = meta?.progressToken;
  const toolUseId = stringMember(meta, TOOL_USE_ID);
  return {
    judged,
    forwarded,
    toolUseId: toolUseId !== undefined && toolUseId.length <= MCP_LIMITS.toolNameCharactersMax ? toolUseId : null,
    progressToken: typeof token === 'string' || typeof token === 'number' ? token : null,
  };
}

function invalid(where: string, problem: string): OperatingError {
  return new OperatingError('invalid_input', 'mcp_invalid_params', `${where} ${problem}`, { where });
}
