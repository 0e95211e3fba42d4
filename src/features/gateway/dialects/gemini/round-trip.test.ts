import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { Collected } from '#features/gateway/conversation/collect-answer';
import type { Conversation, Turn } from '#features/gateway/conversation/conversation';
import { createLosses } from '#features/gateway/conversation/losses';
import type { Part } from '#features/gateway/conversation/part';
import { isJsonObject, parseJsonPrecisely, parseJsonText } from '#foundation/json';
import { answerStreams, conversations, plainUsage, withoutPlaces } from '#tests/support/conversations';
import { collected, conversationOf, eventsOf, frameOf, targetOf } from '#tests/support/dialects';
import { geminiDialect } from './dialect.ts';

const MODEL = 'gemini-2.5-flash';

function bodyOf(conversation: Conversation, model = MODEL) {
  const losses = createLosses();
  const body = geminiDialect.writeRequest(conversation, targetOf({ model }), losses);
  const parsed = parseJsonPrecisely(JSON.stringify(body));
  if (!isJsonObject(parsed)) throw new Error('the body is no object');
  return { parsed, report: losses.report() };
}

/** Places, which are the reader's own, and names of results, which this dialect repeats, left out. */
function comparable(conversation: Conversation) {
  const nameless = (part: Part) => (part.type === 'tool_result' ? { ...part, name: null } : part);
  const turns = conversation.turns.map((turn: Turn) => ({ ...turn, parts: turn.parts.map(nameless) }));
  return withoutPlaces({ ...conversation, turns });
}

describe('a request of generateContent', () => {
  const can = conversations({
    dialect: 'gemini',
    images: true,
    imageUrls: false,
    documents: false,
    toolErrors: true,
    callIds: true,
    toolStrictness: false,
    cacheMarkers: false,
    reasoningKinds: ['signature', 'hidden'],
    efforts: [],
    topK: true,
    stopSequences: true,
    endUser: false,
    serviceTiers: ['default', 'flex', 'priority'],
  });

  it('says after writing and reading what it said before', () => {
    fc.assert(
      fc.property(can, (generated) => {
        const conversation = { ...generated, parallelToolCalls: null };
        const { parsed, report } = bodyOf(conversation);
        expect(report).toEqual({ dropped: [], changed: [] });
        const { isStreaming, model } = conversation;
        expect(comparable(geminiDialect.readRequest(parsed, { model, isStreaming }))).toEqual(comparable(conversation));
      }),
    );
  });

  it('says the same in snake_case', () => {
    fc.assert(
      fc.property(can, (generated) => {
        const conversation = { ...generated, parallelToolCalls: null };
        const snake = snakeCased(bodyOf(conversation).parsed);
        if (!isJsonObject(snake)) throw new Error('the body is no object');
        const { isStreaming, model } = conversation;
        expect(comparable(geminiDialect.readRequest(snake, { model, isStreaming }))).toEqual(comparable(conversation));
      }),
    );
  });

  it('has as many results right behind each turn of calls as there were calls', () => {
    fc.assert(
      fc.property(can, (conversation) => {
        const { contents } = bodyOf(conversation, 'gemini-3-pro-preview').parsed;
        if (!Array.isArray(contents)) throw new Error('no contents');
        for (const [index, content] of contents.entries()) {
          const calls = namesOf(content, 'functionCall');
          if (calls.length > 0) expect(namesOf(contents[index + 1], 'functionResponse')).toEqual(calls);
        }
      }),
    );
  });
});

function namesOf(content: unknown, kind: string): readonly unknown[] {
  const parts = isJsonObject(content) && Array.isArray(content.parts) ? content.parts : [];
  return parts.flatMap((part) => (isJsonObject(part) && isJsonObject(part[kind]) ? [part[kind].id] : []));
}

/** Names of the protocol only: arguments, schemas and responses are the client's own. */
function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (!isJsonObject(value)) return value;
  const opaque = new Set(['args', 'response', 'parametersJsonSchema']);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      opaque.has(key) ? member : snakeCased(member),
    ]),
  );
}

describe('a stream of generateContent', () => {
  for (const streamForm of ['events', 'array'] as const) {
    it(`amounts after writing and reading to what it was before, as ${streamForm}`, () => {
      const can = answerStreams({
        dialect: 'gemini',
        reasons: ['end', 'length', 'refusal', 'malformed_tool_call'],
        reasoningKinds: ['signature', 'hidden'],
        foreignProofs: ['openai-responses', 'anthropic'],
        callProofs: true,
        usage: plainUsage,
      });
      fc.assert(
        fc.property(can, (events) => {
          const read = throughTheWire(events, streamForm);
          const before = collected(events);
          const after = collected(read);
          expect({ ...joined(after), stop: reasonOf(after) }).toEqual({
            ...joined(before),
            id: 'req_0f1e-2d3c',
            model: 'asked-model',
            stop: reasonOf(before),
          });
          expect(keepsTheGrammar(read)).toBe(true);
        }),
      );
    });

    it(`ends in an error wherever its upstream was cut off, and in nothing else, as ${streamForm}`, () => {
      const can = answerStreams({
        dialect: 'gemini',
        reasons: ['end'],
        reasoningKinds: ['signature'],
        foreignProofs: [],
        callProofs: true,
        usage: plainUsage,
      });
      const error = { kind: 'overloaded', status: 529, message: 'Busy', code: null, param: null, retryAfterMs: null };
      fc.assert(
        fc.property(can, fc.nat(20), (events, cut) => {
          const broken = { type: 'error', error } as AnswerEvent;
          const read = throughTheWire([...events.slice(0, Math.min(cut, events.length - 1)), broken], streamForm);
          expect(read.at(-1)).toMatchObject({ type: 'error', error: { kind: 'overloaded', status: 503 } });
          expect(read.some((event) => event.type === 'finish')).toBe(false);
          expect(keepsTheGrammar(read)).toBe(true);
        }),
      );
    });
  }
});

/** Texts that follow each other are one text in this dialect. */
function joined(answer: Collected): Collected {
  const parts: Part[] = [];
  for (const part of answer.parts) {
    const last = parts.at(-1);
    if (part.type === 'text' && last?.type === 'text')
      parts[parts.length - 1] = { ...last, text: last.text + part.text };
    else parts.push(part);
  }
  return { ...answer, parts };
}

function reasonOf({ stop }: Collected) {
  return stop?.reason;
}

function throughTheWire(events: readonly AnswerEvent[], streamForm: 'events' | 'array'): readonly AnswerEvent[] {
  let text = '';
  const frame = frameOf(conversationOf('gemini'), { streamForm });
  const writer = geminiDialect.createStreamWriter((piece) => {
    text += piece;
  }, frame);
  for (const event of events) {
    writer.keepAlive();
    writer.write(event);
  }
  const read: AnswerEvent[] = [];
  const reader = geminiDialect.createStreamReader((event) => read.push(event), targetOf());
  const chunks = streamForm === 'events' ? eventsOf(text).map(({ data }) => data) : elementsOf(text);
  for (const chunk of chunks) reader.event('', chunk);
  reader.end();
  return read;
}

/** As text again, digit by digit. */
function elementsOf(text: string): readonly string[] {
  parseJsonText(text);
  const elements = parseJsonPrecisely(text);
  if (!Array.isArray(elements)) throw new Error('the stream is no array');
  return elements.map((element) => JSON.stringify(element));
}

/** start (part | open delta* close)* finish, or cut anywhere and error. */
function keepsTheGrammar(events: readonly AnswerEvent[]): boolean {
  const letters = { start: 's', part: 'p', open: 'o', delta: 'd', citation: 'd', close: 'c', finish: 'f', error: 'e' };
  const text = events.map((event) => (event.type === 'usage' ? '' : letters[event.type])).join('');
  return /^s(p|od*c)*(f|(od*)?e)$/.test(text);
}
