import type { Stop, StopReason } from '#features/gateway/conversation/answer';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';

/** Every `finishReason` that is not a plain end; `STOP` with a call is `tool_use`. */
const REASONS: Readonly<Record<string, StopReason>> = {
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'refusal',
  RECITATION: 'refusal',
  LANGUAGE: 'refusal',
  BLOCKLIST: 'refusal',
  PROHIBITED_CONTENT: 'refusal',
  SPII: 'refusal',
  IMAGE_SAFETY: 'refusal',
  IMAGE_PROHIBITED_CONTENT: 'refusal',
  IMAGE_RECITATION: 'refusal',
  MALFORMED_FUNCTION_CALL: 'malformed_tool_call',
  UNEXPECTED_TOOL_CALL: 'malformed_tool_call',
  TOO_MANY_TOOL_CALLS: 'malformed_tool_call',
  MISSING_THOUGHT_SIGNATURE: 'malformed_tool_call',
  MALFORMED_RESPONSE: 'malformed_tool_call',
};

export function stopOf(finishReason: string, finishMessage: string | undefined, hasCalls: boolean): Stop {
  const told = REASONS[finishReason] ?? 'end';
  // What was cut or refused is not to be run.
  const reason = told === 'end' && hasCalls ? 'tool_use' : told;
  return { reason, sequence: null, detail: detailOf(finishReason, finishMessage) };
}

function detailOf(finishReason: string, finishMessage: string | undefined): JsonValue {
  if (finishMessage !== undefined && finishMessage !== '') return { finishReason, finishMessage };
  return finishReason === 'STOP' || finishReason === '' ? null : finishReason;
}

/** A prompt that was refused before there was a candidate is a refusal, not an error; undefined for any other. */
export function blockedPrompt(answer: JsonObject): Stop | undefined {
  const feedback = answer.promptFeedback;
  if (stringMember(feedback, 'blockReason') === undefined || !isJsonObject(feedback)) return undefined;
  const { blockReason, blockReasonMessage } = feedback;
  const message = typeof blockReasonMessage === 'string' ? { blockReasonMessage } : {};
  return { reason: 'refusal', sequence: null, detail: { blockReason: blockReason ?? null, ...message } };
}

const FINISH_REASONS: Readonly<Record<StopReason, string>> = {
  end: 'STOP',
  length: 'MAX_TOKENS',
  tool_use: 'STOP',
  stop_sequence: 'STOP',
  refusal: 'SAFETY',
  paused: 'STOP',
  context_exceeded: 'MAX_TOKENS',
  malformed_tool_call: 'MALFORMED_FUNCTION_CALL',
};

/** `finishReason` and `finishMessage`: Gemini's own word where it is one, and the explanation of a refusal. */
export function writeFinish({ reason, detail }: Stop): JsonObject {
  const own = typeof detail === 'string' ? detail : stringMember(detail, 'finishReason');
  const message = stringMember(detail, 'finishMessage') ?? stringMember(detail, 'explanation');
  return {
    finishReason: own !== undefined && isFinishReason(own, reason) ? own : FINISH_REASONS[reason],
    ...(message === undefined ? {} : { finishMessage: message }),
  };
}

function isFinishReason(word: string, reason: StopReason): boolean {
  return Object.hasOwn(REASONS, word) ? REASONS[word] === reason : ['OTHER', 'NO_IMAGE', 'IMAGE_OTHER'].includes(word);
}

/** `promptFeedback` of a prompt that Gemini refused; undefined for any other end. */
export function writeBlockedPrompt({ reason, detail }: Stop): JsonObject | undefined {
  if (reason !== 'refusal' || !isJsonObject(detail) || typeof detail.blockReason !== 'string') return undefined;
  return detail;
}
