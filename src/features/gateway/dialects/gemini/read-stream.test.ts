import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { JsonObject, JsonValue } from '#foundation/json';
import { collected, targetOf } from '#tests/support/dialects';
import { createStreamReader } from './read-stream.ts';

function eventsOf(chunks: readonly (JsonValue | { raw: string })[], isEnded = true): readonly AnswerEvent[] {
  const events: AnswerEvent[] = [];
  const reader = createStreamReader((event) => events.push(event), targetOf());
  for (const chunk of chunks) {
    const raw =
      typeof chunk === 'object' && chunk !== null && 'raw' in chunk ? String(chunk.raw) : JSON.stringify(chunk);
    reader.event('', raw);
  }
  if (isEnded) reader.end();
  return events;
}

function read(...chunks: readonly (JsonValue | { raw: string })[]) {
  return collected(eventsOf(chunks));
}

function chunk(parts: readonly JsonObject[], candidate: JsonObject = {}, known: JsonObject = {}): JsonObject {
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...candidate }],
    responseId: 'resp',
    modelVersion: 'gemini-x',
    ...known,
  };
}

const STOP = { finishReason: 'STOP' };
const text = (said: string): JsonObject => ({ text: said });
const thought = (said: string): JsonObject => ({ text: said, thought: true });
const call = (known: JsonObject, part: JsonObject = {}): JsonObject => ({ functionCall: known, ...part });

describe('a stream of Gemini', () => {
  it('keeps the grammar: texts of one kind are one part, and parts follow each other', () => {
    const events = eventsOf([
      chunk([thought('Hm, '), thought('well.')]),
      chunk([text('Good')]),
      chunk([text(' day'), call({ name: 'f', args: { a: 1 } }), call({ name: 'f', args: { a: 2 } })]),
      chunk([text('!')], STOP),
    ]);
    expect(events.map((event) => (event.type === 'open' ? `open ${event.part.type}` : event.type))).toEqual([
      'start',
      'open reasoning',
      'delta',
      'delta',
      'close',
      'open text',
      'delta',
      'delta',
      'close',
      'open tool_call',
      'delta',
      'close',
      'open tool_call',
      'delta',
      'close',
      'open text',
      'delta',
      'close',
      'finish',
    ]);
    expect(events[0]).toEqual({ type: 'start', id: 'resp', model: 'gemini-x' });
    const answer = collected(events);
    expect(answer.stop?.reason).toBe('tool_use');
    const ids = answer.parts.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
    expect(new Set(ids).size).toBe(2);
  });

  it('keeps signatures wherever they stand', () => {
    const own = (kind: string, value: string) => ({ dialect: 'gemini', kind, value, id: null });
    expect(
      read(
        chunk([{ ...thought('Hm'), thoughtSignature: 'c2lnMQ==' }]),
        chunk([text('Said'), { text: '.', thoughtSignature: 'c2lnMg==' }]),
        chunk([text('More')]),
        chunk([{ text: '', thoughtSignature: 'c2lnMw==' }]),
        chunk([call({ id: 'own', name: 'f' }, { thoughtSignature: 'c2lnNA==' })], STOP),
      ).parts,
    ).toMatchObject([
      { type: 'reasoning', text: 'Hm', proof: own('signature', 'c2lnMQ==') },
      { type: 'text', text: 'Said.' },
      { type: 'reasoning', text: '', proof: own('signature', 'c2lnMg==') },
      { type: 'text', text: 'More' },
      { type: 'reasoning', text: '', proof: own('hidden', 'c2lnMw==') },
      { type: 'tool_call', id: 'own', argumentsText: '{}', proof: own('signature', 'c2lnNA==') },
    ]);
  });

  it('loses no digit of arguments', () => {
    const args = '{"z":12345678901234567890,"a":1.10}';
    const raw = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${args}}}]},"finishReason":"STOP"}]}`;
    expect(read({ raw }).parts).toMatchObject([{ argumentsText: args }]);
  });

  it('puts together arguments that come in pieces', () => {
    const pieces = (...partialArgs: JsonObject[]) => call({ partialArgs, willContinue: true });
    const { parts } = read(
      chunk([call({ name: 'f', id: 'c1', willContinue: true }, { thoughtSignature: 'c2ln' })]),
      chunk([pieces({ jsonPath: '$.city', stringValue: 'Os', willContinue: true })]),
      chunk([pieces({ jsonPath: '$.city', stringValue: 'lo', willContinue: true })]),
      chunk([pieces({ jsonPath: '$.city', stringValue: '' }, { jsonPath: '$.days', numberValue: 3 })]),
      chunk([
        pieces(
          { jsonPath: "$.points[1]['a b'].deep", boolValue: false },
          { jsonPath: '$.points[0]', nullValue: 'NULL_VALUE' },
        ),
      ]),
      chunk([
        pieces(
          { jsonPath: '$.__proto__.x', stringValue: 'y' },
          { jsonPath: 'nonsense', stringValue: 'z' },
          { jsonPath: '$.city.x', stringValue: 'z' },
        ),
      ]),
      chunk([call({})]),
      chunk([call({ name: 'g', args: {} })], STOP),
    );
    expect(parts).toMatchObject([
      { id: 'c1', name: 'f', proof: { value: 'c2ln' } },
      { name: 'g', argumentsText: '{}' },
    ]);
    const [first] = parts;
    expect(first?.type === 'tool_call' ? first.argumentsText : '').toBe(
      '{"city":"Oslo","days":3,"points":[null,{"a b":{"deep":false}}],"__proto__":{"x":"y"}}',
    );
  });

  it('counts the last usage, which may come after the end, and adds nothing up', () => {
    const { usage, stop } = read(
      chunk([text('a')], {}, { usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 } }),
      chunk([text('b')], STOP, {
        usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 4, totalTokenCount: 14 },
      }),
      { usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 6, totalTokenCount: 21 } },
    );
    expect(stop?.reason).toBe('end');
    expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 11, reasoningTokens: 6 });
  });

  it('is a refusal where the prompt was blocked', () => {
    expect(read({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } })).toMatchObject({
      parts: [],
      error: null,
      stop: { reason: 'refusal', detail: { blockReason: 'SAFETY' } },
      usage: { inputTokens: 3 },
    });
  });

  it('cites what the last chunk names, in the text that is open', () => {
    const { parts, usage } = read(
      chunk([text('Grüße: ')], { groundingMetadata: {} }),
      chunk([text('Oslo')]),
      chunk([text('')], {
        ...STOP,
        groundingMetadata: {
          webSearchQueries: ['q'],
          groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }],
          groundingSupports: [{ segment: { startIndex: 9, endIndex: 13 }, groundingChunkIndices: [0] }],
        },
      }),
    );
    expect(parts).toMatchObject([
      { text: 'Grüße: Oslo', citations: [{ url: 'https://a', span: { start: 7, end: 11 } }] },
    ]);
    expect(usage.webSearches).toBe(1);
  });

  it('is an error where the upstream told of one, bare or in a list, and nothing follows', () => {
    const error = { error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } };
    for (const told of [error, [error]]) {
      const events = eventsOf([chunk([text('a')]), told, chunk([text('b')], STOP)]);
      expect(events.at(-1)).toMatchObject({
        type: 'error',
        error: { kind: 'overloaded', status: 503, message: 'Overloaded' },
      });
      expect(collected(events).parts).toMatchObject([{ text: 'a' }]);
    }
  });

  it('reads a list of chunks as the chunks that it holds', () => {
    expect(read([chunk([text('a')]), chunk([text('b')], STOP)])).toMatchObject({
      parts: [{ text: 'ab' }],
      stop: { reason: 'end' },
    });
  });

  const broken: [string, (JsonValue | { raw: string })[]][] = [
    ['nothing', []],
    ['no end', [chunk([text('a')])]],
    ['a call and no end', [chunk([call({ name: 'f', willContinue: true })])]],
    ['half an event', [chunk([text('a')]), { raw: '{"candidates":[{"con' }]],
    ['a page', [{ raw: '<html>' }]],
    ['an answer that is no answer', [{ raw: 'null' }, { raw: '5' }, {}]],
    ['endless nesting', [{ raw: `{"x":"functionCall","functionCall":${'['.repeat(100_000)}` }]],
  ];
  for (const [what, chunks] of broken) {
    it(`ends in an error after ${what}`, () => {
      const events = eventsOf(chunks);
      expect(events.at(-1)).toMatchObject({ type: 'error', error: { kind: 'server', status: 500 } });
      expect(events.filter((event) => event.type === 'error' || event.type === 'finish')).toHaveLength(1);
      expect(events[0]?.type).toBe('start');
    });
  }

  it('passes over what it does not know, and a mark of the end that this dialect has not', () => {
    const answer = read(
      { responseId: 'resp', brandNew: 1 },
      chunk([{ brandNew: {} }, text('a')], { safetyRatings: [] }),
      { candidates: null },
      { candidates: [null] },
      chunk([], STOP),
      { raw: '[DONE]' },
      { raw: '' },
    );
    expect(answer).toMatchObject({ parts: [{ text: 'a' }], stop: { reason: 'end' }, error: null });
  });

  it('says nothing before the upstream closed its stream, and nothing after the end', () => {
    const events: AnswerEvent[] = [];
    const reader = createStreamReader((event) => events.push(event), targetOf());
    reader.event('', JSON.stringify(chunk([text('a')], STOP)));
    expect(events.some((event) => event.type === 'finish')).toBe(false);
    reader.end();
    reader.end();
    reader.event('', JSON.stringify(chunk([text('b')])));
    expect(events.map((event) => event.type)).toEqual(['start', 'open', 'delta', 'close', 'finish']);
  });
});
