import type { Stop, StopReason } from '#features/gateway/conversation/answer';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';

const REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: 'end',
  max_tokens: 'length',
  stop_sequence: 'stop_sequence',
  tool_use: 'tool_use',
  pause_turn: 'paused',
  compaction: 'paused',
  refusal: 'refusal',
  model_context_window_exceeded: 'context_exceeded',
};

const WORDS: Readonly<Record<StopReason, string>> = {
  end: 'end_turn',
  length: 'max_tokens',
  stop_sequence: 'stop_sequence',
  tool_use: 'tool_use',
  paused: 'pause_turn',
  refusal: 'refusal',
  context_exceeded: 'model_context_window_exceeded',
  // The API has no word for it; clients take it for the end of what the model has to say.
  malformed_tool_call: 'end_turn',
};

/** From `stop_reason`, `stop_sequence` and `stop_details`, which stand together in a message and in `message_delta`. */
export function readStop(message: JsonObject, hasToolCalls: boolean): Stop {
  const word = message.stop_reason;
  const details = message.stop_details;
  const reason = typeof word === 'string' ? REASONS[word] : hasToolCalls ? 'tool_use' : 'end';
  return {
    reason: reason ?? (hasToolCalls ? 'tool_use' : 'end'),
    sequence: typeof message.stop_sequence === 'string' ? message.stop_sequence : null,
    detail: isJsonObject(details) ? details : reason === undefined && typeof word === 'string' ? word : null,
  };
}

export type WrittenStop = {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
  readonly stop_details: JsonValue;
};

/** A refusal that an upstream told by a refusal part alone is one here too. */
export function writeStop(stop: Stop, hasRefusal: boolean): WrittenStop {
  const reason = hasRefusal && stop.reason === 'end' ? 'refusal' : stop.reason;
  return {
    stop_reason: WORDS[reason],
    stop_sequence: reason === 'stop_sequence' ? stop.sequence : null,
    stop_details: reason === 'refusal' ? refusalDetails(stop.detail) : null,
  };
}

function refusalDetails(detail: JsonValue): JsonObject {
  if (isJsonObject(detail) && detail.type === 'refusal') return detail;
  return { type: 'refusal', category: null, explanation: typeof detail === 'string' ? detail : null };
}
