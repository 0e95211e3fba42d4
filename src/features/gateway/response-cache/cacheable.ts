import type { Exchange } from '#foundation/http/exchange';
import { stringMember } from '#foundation/json';
import type { OutputScanner } from '#governance/guardrails/output-scanner';
import type { Delivery } from '../deliver.ts';
import type { ModelRequest } from '../model-request.ts';
import { OutputActions } from '../output-guard/output-action.ts';
import type { ResponseCacheConfig } from './cache-config.ts';
import type { CachedAnswer } from './response-cache.ts';

/** Longer requests are seldom repeated, and their keys cost more. */
const REQUEST_BYTES_MAX = 1_048_576;

/** What the record of an answer is put together from is cut beyond these sizes, and so could not be guarded again. */
export const ANSWER_BYTES_MAX = 262_144;
const TOOL_CALLS_BYTES_MAX = 65_536;
const BLOCKS_MAX = 1_000;

/** Members that continue or change something that the upstream keeps, so that asking again is not the same. */
const STATEFUL_MEMBERS = ['previous_response_id', 'conversation', 'background', 'container'];

/** Ends of answers that say all that there was to say; a refusal, for one, is asked for again. */
const WHOLE_ENDS: ReadonlySet<string | null> = new Set(['end_turn', 'stop_sequence', 'max_tokens', 'tool_use']);

/** Whether a request may have to do with the cache at all. Clients may keep out of it (RFC 9111 section 5.2.1). */
export function isCacheable({ door, bytes, body }: ModelRequest, exchange: Exchange): boolean {
  if (door.operation === 'count_tokens' || bytes.length > REQUEST_BYTES_MAX) return false;
  if (/\bno-(?:store|cache)\b/i.test(exchange.headers['cache-control'] ?? '')) return false;
  return STATEFUL_MEMBERS.every((member) => body[member] === undefined || body[member] === null);
}

/** Whether a delivered answer is one to give again: successful, complete, readable, and nothing found in it. */
export function isKeepable(
  { ending, output }: Delivery,
  bytes: number,
  request: ModelRequest,
  config: ResponseCacheConfig,
): boolean {
  const { status, error, httpStatus, message } = ending;
  if (status !== 'completed' || error !== null || httpStatus !== 200 || !message.isComplete) return false;
  if (output !== null && output.interventions.length > 0) return false;
  if (request.door.operation === 'generate' && !WHOLE_ENDS.has(message.stopReason)) return false;
  if (message.blocks.length >= BLOCKS_MAX) return false;
  const callsTools = message.stopReason === 'tool_use' || message.blocks.some(isOfTool);
  return !callsTools || (config.tool_calls && bytes <= TOOL_CALLS_BYTES_MAX);
}

function isOfTool(block: unknown): boolean {
  return /tool/.test(stringMember(block, 'type') ?? '');
}

/** Whether the guard in force, whose rules may be newer than the answer, finds nothing in it. */
export function isStillClean({ candidate, message }: CachedAnswer, scanner: OutputScanner): boolean {
  const actions = new OutputActions(candidate.route.outputGuard, scanner);
  if (!actions.isLooking || message.blocks.length === 0) return true;
  const families = new Set([...actions.flagging, ...actions.acting]);
  return scanner.scan(message.blocks, families).every((match) => actions.actionOf(match) === 'none');
}
