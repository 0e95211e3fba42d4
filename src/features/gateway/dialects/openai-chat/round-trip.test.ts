import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { Collected } from '#features/gateway/conversation/collect-answer';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { createLosses } from '#features/gateway/conversation/losses';
import type { Part } from '#features/gateway/conversation/part';
import { isJsonObject, parseJsonPrecisely } from '#foundation/json';
import { answerStreams, conversations, plainUsage, withoutPlaces } from '#tests/support/conversations';
import { collected, conversationOf, eventsOf, frameOf, targetOf } from '#tests/support/dialects';
import { openaiChatDialect } from './dialect.ts';

const address = { model: null, isStreaming: false };
const TIERS = ['auto', 'default', 'flex', 'priority'] as const;

/** What a client and an upstream of this dialect make of a conversation, through the text between them. */
function thereAndBack(conversation: Conversation, provider: string): Conversation {
  const losses = createLosses();
  const body = openaiChatDialect.writeRequest(conversation, targetOf({ provider }), losses);
  expect(losses.report()).toEqual({ dropped: [], changed: [] });
  const parsed = parseJsonPrecisely(JSON.stringify(body));
  if (!isJsonObject(parsed)) throw new Error('the body is no object');
  return openaiChatDialect.readRequest(parsed, address);
}

describe('a request of chat completions', () => {
  it.each([
    { provider: 'openai', documents: true, topK: false, serviceTiers: TIERS, endUser: true, cacheMarkers: false },
    { provider: 'openrouter', documents: true, topK: true, serviceTiers: [], endUser: true, cacheMarkers: true },
    { provider: 'vllm', documents: false, topK: true, serviceTiers: [], endUser: false, cacheMarkers: false },
  ])('says after writing and reading what it said before, with $provider', ({ provider, ...rest }) => {
    const can = conversations({
      dialect: 'openai-chat',
      images: true,
      imageUrls: true,
      toolErrors: false,
      callIds: true,
      toolStrictness: true,
      reasoningKinds: [],
      efforts: [],
      stopSequences: true,
      ...rest,
    });
    fc.assert(
      fc.property(can, (generated) => {
        const conversation = { ...withoutToolMarkers(generated), streamsUsage: generated.isStreaming };
        expect(withoutPlaces(thereAndBack(conversation, provider))).toEqual(withoutPlaces(conversation));
      }),
    );
  });
});

/** Only parts of messages are marked in this dialect, and tools are not. */
function withoutToolMarkers(conversation: Conversation): Conversation {
  return { ...conversation, tools: conversation.tools.map((tool) => ({ ...tool, cache: null })) };
}

describe('a stream of chat completions', () => {
  it('amounts after writing and reading to what it was before', () => {
    const can = answerStreams({
      dialect: 'openai-chat',
      reasons: ['end', 'length', 'refusal'],
      reasoningKinds: ['signature', 'hidden'],
      foreignProofs: ['openai-responses', 'gemini', 'anthropic'],
      callProofs: true,
      usage: plainUsage,
    });
    fc.assert(
      fc.property(can, (generated) => {
        const events = generated.map(withEntries);
        const read = throughTheWire(events);
        const before = collected(events);
        const after = collected(read);
        expect({ ...joined(after), stop: after.stop?.reason, usage: counted(after) }).toEqual({
          ...joined(before),
          id: 'chatcmpl-req0f1e2d3c',
          model: 'asked-model',
          stop: before.stop?.reason,
          usage: counted(before),
        });
        expect(keepsTheGrammar(read)).toBe(true);
      }),
    );
  });

  it('ends in an error wherever its upstream was cut off, and in nothing else', () => {
    const can = answerStreams({
      dialect: 'openai-chat',
      reasons: ['end'],
      reasoningKinds: ['signature'],
      foreignProofs: ['anthropic'],
      callProofs: true,
      usage: plainUsage,
    });
    const error = { kind: 'overloaded', status: 529, message: 'Busy', code: null, param: null, retryAfterMs: null };
    fc.assert(
      fc.property(can, fc.nat(20), fc.boolean(), (events, cut, isTold) => {
        const kept = events.map(withEntries).slice(0, Math.min(cut, events.length - 1));
        const broken = { type: 'error', error } as AnswerEvent;
        const read = throughTheWire(isTold ? [...kept, broken] : kept);
        expect(read.at(-1)?.type).toBe('error');
        expect(read.some((event) => event.type === 'finish')).toBe(false);
        expect(keepsTheGrammar(read)).toBe(true);
      }),
    );
  });
});

/** A proof of this dialect is a whole entry of `reasoning_details`. */
function withEntries(event: AnswerEvent): AnswerEvent {
  if (event.type !== 'close' || event.proof?.dialect !== 'openai-chat') return event;
  const { value, kind } = event.proof;
  const entry =
    kind === 'hidden' ? { type: 'reasoning.encrypted', data: value } : { type: 'reasoning.text', signature: value };
  return { ...event, proof: { ...event.proof, value: JSON.stringify(entry) } };
}

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

/** Zero and nothing are one in this dialect. */
function counted({ usage }: Collected) {
  return { input: usage.inputTokens, output: usage.outputTokens };
}

function throughTheWire(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
  let text = '';
  const writer = openaiChatDialect.createStreamWriter(
    (piece) => {
      text += piece;
    },
    frameOf(conversationOf('openai-chat')),
  );
  for (const event of events) writer.write(event);
  const read: AnswerEvent[] = [];
  const reader = openaiChatDialect.createStreamReader((event) => read.push(event), targetOf());
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
