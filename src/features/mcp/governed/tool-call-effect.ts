import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '#foundation/json';
import { truncate } from '#foundation/text';
import type { OutcomeStatus, ToolCallEffect } from '#governance/audit/record';
import type { Answer } from '../json-rpc.ts';
import { MCP_LIMITS } from '../limits.ts';
import type { GovernedRequest } from './governed-request.ts';
import type { ReadCall } from './read-call.ts';

/** What came of an allowed call: an answer, or what was thrown in its place. */
export type CallEnding = {
  readonly status: OutcomeStatus;
  readonly error: string | null;
  /** What may be written down of the result. */
  readonly output: JsonValue;
  readonly isError: boolean;
  readonly childPid: number | null;
} & ({ readonly answer: Answer } | { readonly thrown: unknown });

/** The row of `mcp_tool_executions`. */
export function toolCallEffect(
  { definition, row }: GovernedRequest,
  read: ReadCall,
  params: JsonObject,
  ending: CallEnding,
): ToolCallEffect {
  const { _meta, ...plain } = params;
  const input = recordedContent(row.method === 'tools/call' ? (params.arguments ?? {}) : plain);
  const output = recordedContent(ending.output);
  return {
    type: 'tool_call',
    server: definition.name,
    tool_name: read.subject,
    tool_use_id: read.toolUseId,
    method: row.method,
    transport: definition.config.type,
    child_pid: ending.childPid,
    is_error: ending.isError,
    input: input.value,
    output: output.value,
    input_bytes: input.bytes,
    output_bytes: output.bytes,
  };
}

/** Whole up to a bound, else its beginning, size and hash. */
function recordedContent(value: JsonValue): { readonly value: JsonValue; readonly bytes: number } {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MCP_LIMITS.recordedBytesMax) return { value, bytes };
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { value: { truncated: true, bytes, sha256, head: truncate(text, MCP_LIMITS.recordedHeadCharacters) }, bytes };
}
