import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { createLosses } from '#features/gateway/conversation/losses';
import { isJsonObject, parseJsonPrecisely } from '#foundation/json';
import { answerStreams, conversations, plainUsage, withoutPlaces } from '#tests/support/conversations';
import { collected, conversationOf, eventsOf, frameOf, targetOf } from '#tests/support/dialects';
import { anthropicDialect } from './dialect.ts';

const address = { model: null, isStreaming: false };

/** What a client and an upstream of this dialect make of a conversation, through the text between them. */
function thereAndBack(conversation: Conversation): Conversation {
  const losses = createLosses();
  const body = anthropicDialect.writeRequest(conversation, targetOf(), losses);
  expect(losses.report()).toEqual({ dropped: [], changed: [] });
  const parsed = parseJsonPrecisely(JSON.stringify(body));
  if (!isJsonObject(parsed)) throw new Error('the body is no object');
  return anthropicDialect.readRequest(parsed, address);
}

describe('a request of the Messages API', () => {
  it('says after writing and reading what it said before', () => {
    const can = conversations({
      dialect: 'anthropic',
      images: true,
      imageUrls: true,
      documents: true,
      toolErrors: true,
      callIds: true,
      toolStrictness: true,
      cacheMarkers: true,
      reasoningKinds: ['signature', 'hidden'],
      efforts: [],
      topK: true,
      stopSequences: true,
      endUser: true,
      serviceTiers: ['auto', 'default'],
    });
    fc.assert(
      fc.property(can.filter(hasFewMarkers), (conversation) => {
        // A choice is only told with what it forbids, and without a choice the model has one anyway.
        const toolChoice =
          conversation.toolChoice ??
          (conversation.parallelToolCalls === null ? null : { value: { type: 'auto' }, at: '' });
        const parallelToolCalls = toolChoice?.value.type === 'none' ? null : conversation.parallelToolCalls;
        expect(withoutPlaces(thereAndBack(conversation))).toEqual(
          withoutPlaces({ ...conversation, toolChoice, parallelToolCalls }),
        );
      }),
    );
  });
});

function hasFewMarkers(conversation: Conversation): boolean {
  return JSON.stringify(conversation).split('"ttl"').length <= 5;
}

describe('a stream of the Messages API', () => {
  it('amounts after writing and reading to what it was before', () => {
    const can = answerStreams({
      dialect: 'anthropic',
      reasons: ['end', 'length', 'stop_sequence', 'refusal', 'paused', 'context_exceeded'],
      reasoningKinds: ['signature', 'hidden'],
      foreignProofs: ['openai-responses', 'gemini'],
      callProofs: false,
      usage: plainUsage,
    });
    fc.assert(
      fc.property(can, (events) => {
        const read = throughTheWire(events);
        const before = collected(events);
        const detail = before.stop?.reason === 'refusal' ? REFUSAL : null;
        const stop = before.stop === null ? null : { ...before.stop, detail };
        expect(collected(read)).toEqual({ ...before, id: 'msg_req0f1e2d3c', model: 'asked-model', stop });
        expect(keepsTheGrammar(read)).toBe(true);
      }),
    );
  });

  it('ends in an error wherever its upstream was cut off, and in nothing else', () => {
    const can = answerStreams({
      dialect: 'anthropic',
      reasons: ['end'],
      reasoningKinds: ['signature'],
      foreignProofs: [],
      callProofs: true,
      usage: plainUsage,
    });
    fc.assert(
      fc.property(can, fc.nat(20), (events, cut) => {
        const kept = events.slice(0, Math.min(cut, events.length - 1));
        const read = throughTheWire(kept);
        expect(read.at(-1)?.type).toBe('error');
        expect(read.some((event) => event.type === 'finish')).toBe(false);
        expect(keepsTheGrammar(read)).toBe(true);
      }),
    );
  });
});

const REFUSAL = { type: 'refusal', category: null, explanation: null };

function throughTheWire(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
  let text = '';
  const frame = frameOf(conversationOf('anthropic'));
  const writer = anthropicDialect.createStreamWriter((piece) => {
    text += piece;
  }, frame);
  for (const event of events) writer.write(event);
  const read: AnswerEvent[] = [];
  const reader = anthropicDialect.createStreamReader((event) => read.push(event), targetOf());
  for (const { name, data } of eventsOf(text)) reader.event(name, data);
  reader.end();
  return read;
}

/** start (part | open delta* close)* finish, or cut anywhere and error. */
function keepsTheGrammar(events: readonly AnswerEvent[]): boolean {
  const letters = { start: 's', part: 'p', open: 'o', delta: 'd', citation: 'd', close: 'c', finish: 'f', error: 'e' };
  const text = events.map((event) => (event.type === 'usage' ? '' : letters[event.type])).join('');
  return /^(s(p|od*c)*(f|(od*)?e)|e)$/.test(text);
}
