import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { NO_USAGE } from '#features/gateway/usage';
import { answerStreams, plainUsage } from '#tests/support/conversations';
import { collected, conversationOf, eventsOf, frameOf } from '#tests/support/dialects';
import { writeAnswer } from './write-answer.ts';
import { createStreamWriter } from './write-stream.ts';

const START: AnswerEvent = { type: 'start', id: 'up', model: 'upstream-model' };
const frame = frameOf(conversationOf('anthropic'));

function finish(reason: 'end' | 'tool_use' = 'end', usage = NO_USAGE): AnswerEvent {
  return { type: 'finish', stop: { reason, sequence: null, detail: null }, usage };
}

function written(events: readonly AnswerEvent[]): string {
  let text = '';
  const writer = createStreamWriter((piece) => {
    text += piece;
  }, frame);
  for (const event of events) writer.write(event);
  return text;
}

/** `start 0 text`, `delta 0 text_delta`, `stop 0`, and other events by their names. */
function outline(text: string): readonly string[] {
  return eventsOf(text).map(({ name, data }) => {
    const event = JSON.parse(data);
    expect(event.type).toBe(name);
    if (name === 'content_block_start') return `start ${event.index} ${event.content_block.type}`;
    if (name === 'content_block_delta') return `delta ${event.index} ${event.delta.type}`;
    if (name === 'content_block_stop') return `stop ${event.index}`;
    return name;
  });
}

async function throughTheClient(stream: string): Promise<Anthropic.Message> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const asked = { model: 'm', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hello' }] };
  return client.messages.stream(asked).finalMessage();
}

describe('the stream that a client of the Messages API gets', () => {
  it('has one block after the other, with indices that leave no gap', () => {
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'reasoning' } },
      { type: 'delta', text: 'Let me see.' },
      { type: 'close', proof: { dialect: 'anthropic', kind: 'signature', value: 'c2ln', id: null } },
      { type: 'open', part: { type: 'text' } },
      { type: 'delta', text: 'It is ' },
      { type: 'delta', text: 'sunny.' },
      { type: 'close', proof: null },
      { type: 'open', part: { type: 'tool_call', id: 'call_1', name: 'look_up' } },
      { type: 'delta', text: '{"a":1}' },
      { type: 'close', proof: null },
      finish('tool_use'),
    ];
    expect(outline(written(events))).toEqual([
      'message_start',
      'start 0 thinking',
      'delta 0 thinking_delta',
      'delta 0 signature_delta',
      'stop 0',
      'start 1 text',
      'delta 1 text_delta',
      'delta 1 text_delta',
      'stop 1',
      'start 2 tool_use',
      'delta 2 input_json_delta',
      'stop 2',
      'message_delta',
      'message_stop',
    ]);
  });

  it('begins with an estimate of the prompt, so that no client takes its context for empty', () => {
    const [first] = eventsOf(written([START]));
    const { message } = JSON.parse(first?.data ?? '');
    expect(message).toMatchObject({ id: 'msg_req0f1e2d3c', model: 'asked-model', content: [], stop_reason: null });
    expect(message.usage).toMatchObject({ input_tokens: 42, output_tokens: 1 });
  });

  it('tells the usage once, at the end, whole and not added up', () => {
    const usage = { ...NO_USAGE, inputTokens: 7, outputTokens: 9, cacheReadTokens: 3, cacheWrite1hTokens: 5 };
    const events: AnswerEvent[] = [
      START,
      { type: 'usage', usage: { ...usage, outputTokens: 4 } },
      { type: 'usage', usage: { ...usage, outputTokens: 9 } },
      finish('end', { ...usage, reasoningTokens: 2, webSearches: 1 }),
    ];
    const told = eventsOf(written(events)).filter(({ name }) => name === 'message_delta');
    expect(told).toHaveLength(1);
    expect(JSON.parse(told[0]?.data ?? '').usage).toEqual({
      input_tokens: 7,
      output_tokens: 9,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 5,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 5 },
      output_tokens_details: { thinking_tokens: 2 },
      server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
    });
  });

  it('leaves out texts and thoughts in which nothing is', () => {
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'text' } },
      { type: 'close', proof: null },
      { type: 'open', part: { type: 'reasoning' } },
      { type: 'delta', text: '' },
      { type: 'close', proof: null },
      { type: 'open', part: { type: 'text' } },
      { type: 'delta', text: 'x' },
      { type: 'close', proof: null },
      finish(),
    ];
    expect(outline(written(events)).slice(1, 4)).toEqual(['start 0 text', 'delta 0 text_delta', 'stop 0']);
  });

  it('keeps a signature that has no text, and hidden thinking whole', () => {
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'reasoning' } },
      { type: 'close', proof: { dialect: 'anthropic', kind: 'signature', value: 'c2ln', id: null } },
      { type: 'open', part: { type: 'reasoning' } },
      { type: 'close', proof: { dialect: 'anthropic', kind: 'hidden', value: 'aGlk', id: null } },
      finish(),
    ];
    const text = written(events);
    expect(outline(text).slice(1, 6)).toEqual([
      'start 0 thinking',
      'delta 0 signature_delta',
      'stop 0',
      'start 1 redacted_thinking',
      'stop 1',
    ]);
    expect(text).toContain('{"type":"redacted_thinking","data":"aGlk"}');
  });

  it('gives a call without arguments an empty object', async () => {
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'tool_call', id: 'call_1', name: 'now' } },
      { type: 'close', proof: null },
      finish('tool_use'),
    ];
    const message = await throughTheClient(written(events));
    expect(message.content).toMatchObject([{ type: 'tool_use', id: 'call_1', name: 'now', input: {} }]);
    expect(message.stop_reason).toBe('tool_use');
  });

  it('carries what a provider wants back with a call in a block of its own behind it', () => {
    const proof = { dialect: 'gemini', kind: 'signature', value: 'Z2Vt', id: null } as const;
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'tool_call', id: 'call_1', name: 'now' } },
      { type: 'close', proof },
      {
        type: 'part',
        part: { type: 'tool_call', id: 'b', name: 'now', argumentsText: '', proof, cache: null, at: '' },
      },
      finish('tool_use'),
    ];
    expect(outline(written(events)).filter((line) => line.startsWith('start'))).toEqual([
      'start 0 tool_use',
      'start 1 redacted_thinking',
      'start 2 tool_use',
      'start 3 redacted_thinking',
    ]);
  });

  it('says by its stop that the model refused, where an upstream told it by a part', () => {
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'refusal' } },
      { type: 'delta', text: 'No.' },
      { type: 'close', proof: null },
      finish(),
    ];
    const text = written(events);
    expect(outline(text).slice(1, 4)).toEqual(['start 0 text', 'delta 0 text_delta', 'stop 0']);
    expect(text).toContain('"stop_reason":"refusal"');
  });

  it('tells citations with their text, an upstream’s own as they came', () => {
    const value = { type: 'web_search_result_location', url: 'https://example.com', encrypted_index: 'RW5j' };
    const web = { kind: 'web', url: 'https://example.com', title: 'A', quote: 'q', span: null } as const;
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'text' } },
      { type: 'citation', citation: { ...web, native: { dialect: 'anthropic', value } } },
      { type: 'delta', text: 'x' },
      { type: 'citation', citation: { ...web, native: null } },
      { type: 'close', proof: null },
      finish(),
    ];
    const text = written(events);
    expect(outline(text).slice(1, 6)).toEqual([
      'start 0 text',
      'delta 0 citations_delta',
      'delta 0 text_delta',
      'delta 0 citations_delta',
      'stop 0',
    ]);
    expect(text).toContain(JSON.stringify(value));
    expect(text).toContain('"encrypted_index":""');
  });

  it('ends with the error of a broken upstream, whatever is open, and with nothing after it', async () => {
    const events: AnswerEvent[] = [
      START,
      { type: 'open', part: { type: 'text' } },
      { type: 'delta', text: 'It is' },
      {
        type: 'error',
        error: { kind: 'overloaded', status: 529, message: 'Busy', code: null, param: null, retryAfterMs: null },
      },
      { type: 'close', proof: null },
      finish(),
    ];
    const text = written(events);
    expect(outline(text).at(-1)).toBe('error');
    expect(text).not.toContain('message_stop');
    expect(text).not.toContain('content_block_stop');
    await expect(throughTheClient(text)).rejects.toThrow('Busy');
  });

  it('gives signs of life until it is over', () => {
    let text = '';
    const writer = createStreamWriter((piece) => {
      text += piece;
    }, frame);
    writer.write(START);
    writer.keepAlive();
    expect(text.endsWith('event: ping\ndata: {"type": "ping"}\n\n')).toBe(true);
    writer.write(finish());
    const whole = text;
    writer.keepAlive();
    writer.write({ type: 'open', part: { type: 'tool_call', id: 'late', name: 'late' } });
    expect(text).toBe(whole);
  });

  it('is read by Anthropic’s own client as the whole answer would be', async () => {
    const can = answerStreams({
      dialect: 'anthropic',
      reasons: ['end', 'length', 'refusal', 'paused'],
      reasoningKinds: ['signature', 'hidden'],
      foreignProofs: ['openai-responses'],
      callProofs: true,
      usage: plainUsage,
    });
    await fc.assert(
      fc.asyncProperty(can, async (events) => {
        const { stop, error: _, ...answer } = collected(events);
        if (stop === null) throw new Error('the stream has an end');
        const whole = JSON.parse(JSON.stringify(writeAnswer({ ...answer, stop }, frame)));
        const message = JSON.parse(JSON.stringify(await throughTheClient(written(events))));
        expect(message.content).toEqual(whole.content);
        expect(message.usage).toMatchObject({
          input_tokens: answer.usage.inputTokens,
          output_tokens: answer.usage.outputTokens,
        });
        expect(message).toMatchObject({ id: whole.id, model: 'asked-model', stop_reason: whole.stop_reason });
      }),
      { numRuns: 50 },
    );
  });
});
