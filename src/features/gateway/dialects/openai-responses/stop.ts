import type { Stop, StopReason } from '#features/gateway/conversation/answer';
import { type JsonObject, stringMember } from '#foundation/json';

/** Why a response is incomplete; what is not known cut it off all the same. */
const REASONS: Readonly<Record<string, StopReason>> = {
  max_output_tokens: 'length',
  content_filter: 'refusal',
};

/** Of a response that is `completed` or `incomplete`. What was cut off or refused is not to be run. */
export function readStop(response: JsonObject, hasCalls: boolean): Stop {
  if (response.status !== 'incomplete') {
    return { reason: hasCalls ? 'tool_use' : 'end', sequence: null, detail: null };
  }
  const word = stringMember(response.incomplete_details, 'reason');
  const reason = word !== undefined && Object.hasOwn(REASONS, word) ? REASONS[word] : undefined;
  return { reason: reason ?? 'length', sequence: null, detail: word ?? null };
}

export type WrittenStop = {
  readonly status: 'completed' | 'incomplete';
  readonly incomplete_details: { readonly reason: string } | null;
};

const COMPLETED: WrittenStop = { status: 'completed', incomplete_details: null };

/** A refusal in words is a complete answer here; one without is a filter's. */
export function writeStop({ reason }: Stop, hasRefusal: boolean): WrittenStop {
  switch (reason) {
    case 'length':
    case 'context_exceeded':
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    case 'refusal':
      return hasRefusal ? COMPLETED : { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    default:
      return COMPLETED;
  }
}
