import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { answerOf } from '#features/gateway/conversation/answer-events';
import type { Collected } from '#features/gateway/conversation/collect-answer';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { createLosses } from '#features/gateway/conversation/losses';
import type { Part } from '#features/gateway/conversation/part';
import { isJsonObject, parseJsonPrecisely } from '#foundation/json';
import { answerStreams, conversations, plainUsage, withoutPlaces } from '#tests/support/conversations';
import { collected, conversationOf, eventsOf, frameOf, targetOf } from '#tests/support/dialects';
import { openaiResponsesDialect as dialect } from './dialect.ts';

const address = { model: null, isStreaming: false };

/** What a client and an upstream of this dialect make of a conversation, through the text between them. */
function thereAndBack(conversation: Conversation): Conversation {
  const losses = createLosses();
  const body = dialect.writeRequest(conversation, targetOf(), losses);
  expect(losses.report()).toEqual({ dropped: [], changed: [] });
  const parsed = parseJsonPrecisely(JSON.stringify(body));
  if (!isJsonObject(parsed)) throw new Error('the body is no object');
  return dialect.readRequest(parsed, address);
}

describe('a request of the Responses API', () => {
  it('says after writing and reading what it said before', () => {
    const can = conversations({
      dialect: 'openai-responses',
      images: true,
      imageUrls: true,
      documents: true,
      toolErrors: false,
      callIds: true,
      toolStrictness: true,
      cacheMarkers: false,
      reasoningKinds: ['hidden'],
      efforts: [],
      topK: false,
      stopSequences: false,
      endUser: true,
      serviceTiers: ['auto', 'default', 'flex', 'priority'],
    });
    fc.assert(
      fc.property(can, (conversation) => {
        // Without a word this API is strict, so it is told that a tool is not.
        const tools = conversation.tools.map((tool) =>
          tool.type === 'function' && tool.strict === null ? { ...tool, strict: { value: false, at: '' } } : tool,
        );
        expect(withoutPlaces(thereAndBack(conversation))).toEqual(withoutPlaces({ ...conversation, tools }));
      }),
    );
  });

  it('keeps every member of a request that asks for everything', () => {
    const at = '';
    const conversation = conversationOf('openai-responses', {
      model: 'some-model',
      tools: [
        {
          type: 'function',
          name: 'patch',
          description: 'Takes text',
          schema: {
            type: 'object',
            properties: { input: { type: 'string' } },
            required: ['input'],
            additionalProperties: false,
          },
          strict: null,
          isFreeform: true,
          cache: null,
          at,
        },
        {
          type: 'provider',
          kind: 'web_search',
          dialect: 'openai-responses',
          name: 'web_search',
          value: { type: 'web_search', search_context_size: 'low' },
          cache: null,
          at,
        },
      ],
      toolChoice: { value: { type: 'required', names: ['patch', 'look_up'] }, at },
      reasoning: { value: { mode: 'on', budgetTokens: null, effort: 'high', display: 'summarized' }, at },
      outputFormat: {
        value: { type: 'json_schema', name: 'sky', description: 'The sky', schema: { type: 'object' }, strict: true },
        at,
      },
      verbosity: { value: 'low', at },
      promptCacheKey: { value: 'conversation-7', at },
    });
    expect(withoutPlaces(thereAndBack(conversation))).toEqual(withoutPlaces(conversation));
  });
});

describe('a stream of the Responses API', () => {
  const can = answerStreams({
    dialect: 'openai-responses',
    reasons: ['end', 'length', 'refusal'],
    reasoningKinds: ['signature', 'hidden'],
    foreignProofs: ['anthropic', 'gemini'],
    callProofs: true,
    usage: plainUsage,
  });

  it('amounts after writing and reading to what it was before', () => {
    fc.assert(
      fc.property(can, (events) => {
        const read = throughTheWire(events);
        expect(comparable(collected(read))).toEqual({
          ...comparable(collected(events)),
          id: 'resp_req0f1e2d3c',
          model: 'asked-model',
        });
        expect(keepsTheGrammar(read)).toBe(true);
      }),
    );
  });

  it('amounts to the same whole, for whoever does not stream', () => {
    fc.assert(
      fc.property(can, (events) => {
        const answer = answerOf(collected(events));
        const body = dialect.writeAnswer(answer, frameOf(conversationOf('openai-responses')));
        const read = dialect.readAnswer(parseJsonPrecisely(JSON.stringify(body)), targetOf());
        expect(comparable({ ...read, error: null })).toEqual({
          ...comparable({ ...answer, error: null }),
          id: 'resp_req0f1e2d3c',
          model: 'asked-model',
        });
      }),
    );
  });

  it('is what OpenAI’s own client takes for a stream, and amounts there to the same', async () => {
    await fc.assert(
      fc.asyncProperty(can, async (events) => {
        const stream = written(events);
        const fetch = async () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
        const client = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch });
        const response = await client.responses.stream({ model: 'm', input: 'Hello' }).finalResponse();
        const answer = dialect.readAnswer(parseJsonPrecisely(JSON.stringify(response)), targetOf());
        expect(comparable({ ...answer, error: null })).toEqual({
          ...comparable(collected(events)),
          id: 'resp_req0f1e2d3c',
          model: 'asked-model',
        });
      }),
      { numRuns: 50 },
    );
  });

  it('ends in an error wherever its upstream was cut off, and in nothing else', () => {
    const error = { kind: 'overloaded', status: 529, message: 'Busy', code: null, param: null, retryAfterMs: null };
    fc.assert(
      fc.property(can, fc.nat(20), fc.boolean(), (events, cut, isTold) => {
        const kept = events.slice(0, Math.min(cut, events.length - 1));
        const broken = { type: 'error', error } as AnswerEvent;
        const read = throughTheWire(isTold ? [...kept, broken] : kept);
        expect(read.at(-1)).toMatchObject({ type: 'error', error: { kind: isTold ? 'overloaded' : 'server' } });
        expect(read.some((event) => event.type === 'finish')).toBe(false);
        expect(keepsTheGrammar(read)).toBe(true);
      }),
    );
  });
});

/**
 * Own ids of encrypted reasoning are those of its item, counts that were not told are zero, and a proof of a call is
 * behind it in an answer.
 */
function comparable(answer: Collected) {
  const { usage, stop } = answer;
  const parts = answer.parts.flatMap((part): readonly Part[] => {
    if (part.type === 'reasoning' && part.proof?.dialect === 'openai-responses') {
      return [{ ...part, proof: { ...part.proof, id: null, kind: 'hidden' } }];
    }
    if (part.type !== 'tool_call' || part.proof === null) return [part];
    const proof = { ...part.proof, id: part.id };
    return [
      { ...part, proof: null },
      { type: 'reasoning', text: '', proof, at: '' },
    ];
  });
  return { ...answer, parts, stop: stop?.reason, usage: [usage.inputTokens, usage.outputTokens] };
}

function written(events: readonly AnswerEvent[]): string {
  let text = '';
  const writer = dialect.createStreamWriter(
    (piece) => {
      text += piece;
    },
    frameOf(conversationOf('openai-responses')),
  );
  for (const event of events) {
    writer.keepAlive();
    writer.write(event);
  }
  return text;
}

function throughTheWire(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
  const read: AnswerEvent[] = [];
  const reader = dialect.createStreamReader((event) => read.push(event), targetOf());
  for (const { name, data } of eventsOf(written(events))) reader.event(name, data);
  reader.end();
  return read;
}

/** start (part | open delta* close)* finish, or cut anywhere and error. */
function keepsTheGrammar(events: readonly AnswerEvent[]): boolean {
  const letters = { start: 's', part: 'p', open: 'o', delta: 'd', citation: 'd', close: 'c', finish: 'f', error: 'e' };
  const text = events.map((event) => (event.type === 'usage' ? '' : letters[event.type])).join('');
  return /^(s(p|od*c)*(f|(od*)?e)|e)$/.test(text);
}
