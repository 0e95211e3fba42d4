import type { Stop, StopReason } from '#features/gateway/conversation/answer';
import { type JsonObject, stringMember } from '#foundation/json';

/** The words of OpenAI, and what others say in their place. */
const REASONS: Readonly<Record<string, StopReason>> = {
  stop: 'end',
  eos: 'end',
  end_turn: 'end',
  length: 'length',
  max_tokens: 'length',
  model_length: 'context_exceeded',
  tool_calls: 'tool_use',
  tool_use: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
  sensitive: 'refusal',
  refusal: 'refusal',
  // DeepSeek, when it runs out of machines: what there is, is cut off.
  insufficient_system_resource: 'length',
  malformed_function_call: 'malformed_tool_call',
};

/** What a choice says of its end, beside what it held. */
export type Held = { readonly hasCalls: boolean; readonly hasRefusal: boolean };

/**
 * From `finish_reason`; vLLM names the sequence that ended the text in `stop_reason`. Some say `stop` after calls, and
 * some nothing.
 */
export function readStop(choice: JsonObject, { hasCalls, hasRefusal }: Held): Stop {
  const word = stringMember(choice, 'finish_reason') ?? '';
  const known = REASONS[word];
  const sequence = known === 'end' ? (stringMember(choice, 'stop_reason') ?? null) : null;
  const told = known ?? 'end';
  const reason = told === 'end' ? endOf(hasCalls, hasRefusal, sequence) : told;
  const isTelling =
    (known === undefined && word !== '') || known === 'refusal' || word === 'insufficient_system_resource';
  return { reason, sequence: reason === 'stop_sequence' ? sequence : null, detail: isTelling ? word : null };
}

function endOf(hasCalls: boolean, hasRefusal: boolean, sequence: string | null): StopReason {
  if (hasCalls) return 'tool_use';
  if (hasRefusal) return 'refusal';
  return sequence === null ? 'end' : 'stop_sequence';
}

const WORDS: Readonly<Record<StopReason, string>> = {
  end: 'stop',
  length: 'length',
  tool_use: 'tool_calls',
  stop_sequence: 'stop',
  refusal: 'content_filter',
  paused: 'stop',
  context_exceeded: 'length',
  malformed_tool_call: 'stop',
};

export type WrittenStop = { readonly finish_reason: string; readonly stop_reason?: string };

/** A refusal in words ends as any answer does. Which sequence ended a text is told as vLLM does. */
export function writeStop({ reason, sequence }: Stop, { hasCalls, hasRefusal }: Held): WrittenStop {
  if (reason === 'refusal' && hasRefusal) return { finish_reason: 'stop' };
  if (hasCalls && reason === 'end') return { finish_reason: WORDS.tool_use };
  const isNamed = reason === 'stop_sequence' && sequence !== null;
  return { finish_reason: WORDS[reason], ...(isNamed ? { stop_reason: sequence } : {}) };
}
