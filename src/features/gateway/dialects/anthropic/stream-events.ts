import type { OpenPart } from '#features/gateway/conversation/answer-event';
import { NO_USAGE } from '#features/gateway/usage';
import type { JsonObject } from '#foundation/json';
import type { AnswerFrame } from '../dialect.ts';
import { writeUsage } from './usage.ts';
import { messageHead } from './write-answer.ts';

/** One server-sent event of the Messages API. */
export function eventText(name: string, event: JsonObject): string {
  return `event: ${name}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** The size of the prompt is an estimate until `message_delta`: clients take nothing for an empty context. */
export function messageStart(as: AnswerFrame): string {
  const usage = { ...writeUsage(NO_USAGE), input_tokens: as.estimatedInputTokens, output_tokens: 1 };
  const stop = { stop_reason: null, stop_sequence: null, stop_details: null };
  const message = { ...messageHead(as), content: [], ...stop, usage };
  return eventText('message_start', { type: 'message_start', message });
}

export function blockStart(index: number, block: JsonObject): string {
  return eventText('content_block_start', { type: 'content_block_start', index, content_block: block });
}

export function contentDelta(index: number, delta: JsonObject): string {
  return eventText('content_block_delta', { type: 'content_block_delta', index, delta });
}

export function blockStop(index: number): string {
  return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
}

const DELTAS = {
  text: '"text_delta","text"',
  refusal: '"text_delta","text"',
  reasoning: '"thinking_delta","thinking"',
  tool_call: '"input_json_delta","partial_json"',
} as const;

/** A delta up to its text; the text as JSON and `}}` and an empty line complete it. */
export function deltaHead(index: number, type: OpenPart['type']): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":${DELTAS[type]}:`;
}
