import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { AnswerFrame } from '#features/gateway/dialects/dialect';
import { NO_USAGE } from '#features/gateway/usage';
import { conversationOf, eventsOf, frameOf } from '#tests/support/dialects';
import { createStreamWriter } from './write-stream.ts';

const START: AnswerEvent = { type: 'start', id: 'up', model: 'upstream-model' };
const OPEN: AnswerEvent = { type: 'open', part: { type: 'text' } };
const CLOSE: AnswerEvent = { type: 'close', proof: null };
const END: AnswerEvent = {
  type: 'finish',
  stop: { reason: 'end', sequence: null, detail: null },
  usage: { ...NO_USAGE, inputTokens: 3, outputTokens: 4 },
};
const BUSY: AnswerEvent = {
  type: 'error',
  error: { kind: 'overloaded', status: 529, message: 'Busy', code: null, param: null, retryAfterMs: null },
};
const said = (text: string): AnswerEvent => ({ type: 'delta', text });

function written(
  events: readonly AnswerEvent[],
  streamForm: AnswerFrame['streamForm'] = 'events',
  keepAlive = false,
): string {
  let text = '';
  const writer = createStreamWriter(
    (piece) => {
      text += piece;
    },
    frameOf(conversationOf('gemini'), { streamForm }),
  );
  for (const event of events) {
    if (keepAlive) writer.keepAlive();
    writer.write(event);
  }
  if (keepAlive) writer.keepAlive();
  return text;
}

function chunksOf(events: readonly AnswerEvent[]) {
  return eventsOf(written(events)).map(({ data }) => JSON.parse(data));
}

function partsOf(events: readonly AnswerEvent[]) {
  return chunksOf(events).flatMap((chunk) => chunk.candidates?.[0].content.parts ?? []);
}

describe('the stream that a client of Gemini gets', () => {
  it('says each piece at once, with the model that was asked for and an id of its own', () => {
    const chunks = chunksOf([START, OPEN, said('Good '), said('day'), CLOSE, END]);
    const frame = { modelVersion: 'asked-model', responseId: 'req_0f1e-2d3c' };
    expect(chunks).toEqual([
      { candidates: [{ content: { parts: [{ text: 'Good ' }], role: 'model' }, index: 0 }], ...frame },
      { candidates: [{ content: { parts: [{ text: 'day' }], role: 'model' }, index: 0 }], ...frame },
      {
        candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
        usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 },
        ...frame,
      },
    ]);
  });

  it('has a call in one chunk, whole, whatever pieces it came in', () => {
    const open: AnswerEvent = { type: 'open', part: { type: 'tool_call', id: 'call_1', name: 'f' } };
    const proof = { dialect: 'gemini', kind: 'signature', value: 'c2ln', id: null } as const;
    const cases: [string[], unknown][] = [
      [['{"a":', '\n 12345678901234567890', ',"b":"x\\ny"}\n'], { a: 12345678901234567000, b: 'x\ny' }],
      [[], {}],
      [[' '], {}],
      [['{"a":'], { unparsed_arguments: '{"a":' }],
      [['[1]'], { unparsed_arguments: '[1]' }],
    ];
    for (const [pieces, args] of cases) {
      const events = [START, open, ...pieces.map(said), { type: 'close', proof } as const, END];
      expect(partsOf(events)[0]).toEqual({ functionCall: { id: 'call_1', name: 'f', args }, thoughtSignature: 'c2ln' });
      expect(partsOf(events)).toHaveLength(2);
    }
    expect(written([START, open, said('{"n":12345678901234567890}'), CLOSE, END])).toContain(
      '"args":{"n":12345678901234567890}',
    );
  });

  it('shows thoughts as thoughts, and carries proofs behind them', () => {
    const foreign = { dialect: 'anthropic', kind: 'signature', value: 'Zm9v', id: null } as const;
    const parts = partsOf([
      START,
      { type: 'open', part: { type: 'reasoning' } },
      said('Hm'),
      { type: 'close', proof: foreign },
      { type: 'part', part: { type: 'reasoning', text: '', proof: { ...foreign, kind: 'hidden' }, at: '' } },
      { type: 'open', part: { type: 'refusal' } },
      said('No'),
      CLOSE,
      END,
    ]);
    const base64 = expect.stringMatching(/^[A-Za-z0-9+/]+=*$/);
    expect(parts).toEqual([
      { text: 'Hm', thought: true },
      { text: '', thought: true, thoughtSignature: base64 },
      { text: '', thought: true, thoughtSignature: base64 },
      { text: 'No' },
      { text: '' },
    ]);
  });

  it('has the sources of its texts in the last chunk', () => {
    const citation = {
      kind: 'web',
      url: 'https://a',
      title: null,
      quote: null,
      span: { start: 0, end: 4 },
      native: null,
    } as const;
    const chunks = chunksOf([
      START,
      {
        type: 'part',
        part: {
          type: 'image',
          source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' },
          detail: null,
          cache: null,
          at: '',
        },
      },
      OPEN,
      said('Os'),
      { type: 'citation', citation },
      said('lo!'),
      CLOSE,
      END,
    ]);
    expect(chunks.at(-1).candidates[0].groundingMetadata).toEqual({
      groundingChunks: [{ web: { uri: 'https://a' } }],
      groundingSupports: [
        { segment: { partIndex: 1, startIndex: 0, endIndex: 4, text: 'Oslo' }, groundingChunkIndices: [0] },
      ],
    });
  });

  it('shows nothing of parts that only other dialects have', () => {
    const native = {
      type: 'native',
      dialect: 'anthropic',
      kind: 'server_tool_use',
      value: { id: 'x' },
      at: '',
    } as const;
    expect(chunksOf([START, { type: 'part', part: native }, END])).toHaveLength(1);
  });

  for (const streamForm of ['events', 'array'] as const) {
    it(`ends with its error, and with nothing that looks like success, as ${streamForm}`, () => {
      for (const before of [[], [START], [START, OPEN, said('Good ')]]) {
        const text = written([...before, BUSY, END], streamForm, true);
        const chunks = streamForm === 'array' ? JSON.parse(text) : eventsOf(text).map(({ data }) => JSON.parse(data));
        expect(chunks.at(-1)).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE', message: 'Busy' } });
        expect(text).not.toContain('finishReason');
        expect(chunks).toHaveLength(before.length > 1 ? 2 : 1);
      }
    });
  }

  it('is one array of the same chunks where that was asked for, with white space while the model is silent', () => {
    const events = [START, OPEN, said('Good '), said('day'), CLOSE, END];
    expect(JSON.parse(written(events, 'array', true))).toEqual(chunksOf(events));
    expect(JSON.parse(written([START, END], 'array'))).toHaveLength(1);
    expect(written(events, 'events', true).replaceAll(/\n+/g, '\n')).not.toMatch(/^:/m);
  });
});
