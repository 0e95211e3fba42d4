import { describe, expect, it } from 'vitest';
import { NO_USAGE } from '../usage.ts';
import type { AnswerEvent } from './answer-event.ts';
import { createAnswerCollector } from './collect-answer.ts';
import type { Citation } from './part.ts';

const START: AnswerEvent = { type: 'start', id: 'up', model: 'm' };
const STOP = { reason: 'end', sequence: null, detail: null } as const;
const PROOF = { dialect: 'gemini', kind: 'signature', value: 'Z2Vt', id: null } as const;
const CITATION: Citation = { kind: 'web', url: null, title: null, quote: 'q', span: null, native: null };
const ERROR = { kind: 'overloaded', status: 529, message: 'm', code: null, param: null, retryAfterMs: null } as const;

function collected(events: readonly AnswerEvent[], charactersMax = 1_000) {
  const collector = createAnswerCollector(charactersMax);
  for (const event of events) collector.event(event);
  return collector.result();
}

describe('what a stream amounts to', () => {
  it('is the answer that its pieces make', () => {
    expect(
      collected([
        START,
        { type: 'open', part: { type: 'reasoning' } },
        { type: 'delta', text: 'Hm' },
        { type: 'delta', text: '.' },
        { type: 'close', proof: PROOF },
        { type: 'part', part: { type: 'native', dialect: 'gemini', kind: 'k', value: 1, at: '' } },
        { type: 'open', part: { type: 'text' } },
        { type: 'citation', citation: CITATION },
        { type: 'delta', text: 'Hi' },
        { type: 'close', proof: null },
        { type: 'open', part: { type: 'refusal' } },
        { type: 'delta', text: 'No.' },
        { type: 'close', proof: null },
        { type: 'open', part: { type: 'tool_call', id: 'a', name: 'n' } },
        { type: 'delta', text: '{"a":' },
        { type: 'delta', text: '1}' },
        { type: 'close', proof: PROOF },
        { type: 'open', part: { type: 'tool_call', id: 'b', name: 'n' } },
        { type: 'close', proof: null },
        { type: 'finish', stop: STOP, usage: { ...NO_USAGE, outputTokens: 9 } },
      ]),
    ).toEqual({
      id: 'up',
      model: 'm',
      parts: [
        { type: 'reasoning', text: 'Hm.', proof: PROOF, at: '' },
        { type: 'native', dialect: 'gemini', kind: 'k', value: 1, at: '' },
        { type: 'text', text: 'Hi', citations: [CITATION], cache: null, at: '' },
        { type: 'refusal', text: 'No.', at: '' },
        { type: 'tool_call', id: 'a', name: 'n', argumentsText: '{"a":1}', proof: PROOF, cache: null, at: '' },
        { type: 'tool_call', id: 'b', name: 'n', argumentsText: '{}', proof: null, cache: null, at: '' },
      ],
      stop: STOP,
      usage: { ...NO_USAGE, outputTokens: 9 },
      error: null,
    });
  });

  it('is what came before it broke off, with the last usage and the error', () => {
    expect(
      collected([
        START,
        { type: 'usage', usage: { ...NO_USAGE, inputTokens: 3 } },
        { type: 'usage', usage: { ...NO_USAGE, inputTokens: 3, outputTokens: 1 } },
        { type: 'open', part: { type: 'text' } },
        { type: 'delta', text: 'Hal' },
        { type: 'error', error: ERROR },
      ]),
    ).toMatchObject({
      parts: [{ type: 'text', text: 'Hal' }],
      stop: null,
      error: ERROR,
      usage: { inputTokens: 3, outputTokens: 1 },
    });
    expect(collected([])).toEqual({ id: null, model: null, parts: [], stop: null, usage: NO_USAGE, error: null });
  });

  it('is bounded in its text and in its parts', () => {
    const text = (words: string): AnswerEvent[] => [
      { type: 'open', part: { type: 'text' } },
      { type: 'delta', text: words },
      { type: 'close', proof: null },
    ];
    expect(collected([START, ...text('12345'), ...text('678901'), ...text('6')], 10).parts).toMatchObject([
      { text: '12345' },
      { text: '' },
      { text: '6' },
    ]);
    const many = Array.from({ length: 2_000 }, () => text('x')).flat();
    expect(collected([START, ...many], 10_000).parts).toHaveLength(1_000);
  });
});
