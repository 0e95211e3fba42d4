import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { Conversation } from '#features/gateway/conversation/conversation';
import type { ModelError } from '#features/gateway/conversation/model-error';
import type { Part } from '#features/gateway/conversation/part';
import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import { conversationOf, eventsOf, frameOf } from '#tests/support/dialects';
import { createStreamWriter } from './write-stream.ts';

const START: AnswerEvent = { type: 'start', id: 'up', model: 'upstream-model' };
const OPEN: AnswerEvent = { type: 'open', part: { type: 'text' } };
const CLOSE: AnswerEvent = { type: 'close', proof: null };
const SIGNED: AnswerEvent = { type: 'close', proof: { dialect: 'gemini', kind: 'signature', value: 'c2ln', id: null } };
const ERROR: ModelError = {
  kind: 'rate_limit',
  status: 429,
  message: 'Slow down',
  code: 'x',
  param: null,
  retryAfterMs: null,
};

const delta = (text: string): AnswerEvent => ({ type: 'delta', text });
const called = (id: string, name = 'look_up'): AnswerEvent => ({ type: 'open', part: { type: 'tool_call', id, name } });
const finish = (reason: 'end' | 'tool_use' | 'length' = 'end', usage: TokenUsage = NO_USAGE): AnswerEvent => ({
  type: 'finish',
  stop: { reason, sequence: null, detail: null },
  usage,
});

function write(events: readonly AnswerEvent[], said: Partial<Conversation> = {}): string {
  let text = '';
  const writer = createStreamWriter(
    (piece) => {
      text += piece;
    },
    frameOf(conversationOf('openai-responses', said)),
  );
  for (const event of events) writer.write(event);
  return text;
}

/** Every event parsed, its name and its number checked. */
function parsed(text: string) {
  return eventsOf(text).map(({ name, data }, index) => {
    const event = JSON.parse(data);
    expect([event.type, event.sequence_number]).toEqual([name, index]);
    return event;
  });
}

/** Names without `response.`, with the place of the item and of its part. */
function outline(text: string): readonly string[] {
  return parsed(text).map(({ type, output_index, content_index }) =>
    [type.replace('response.', ''), output_index, content_index].filter((word) => word !== undefined).join(' '),
  );
}

const BEGINNING = ['created', 'in_progress'];

describe('the stream that a client of the Responses API gets', () => {
  it('has one item after the other, with places that leave no gap', () => {
    const events = [
      START,
      { type: 'open', part: { type: 'reasoning' } } as const,
      delta('Let me see.'),
      CLOSE,
      OPEN,
      delta('It is '),
      delta('sunny.'),
      CLOSE,
      called('call_1'),
      delta('{"a":1}'),
      CLOSE,
      finish('tool_use'),
    ];
    expect(outline(write(events))).toEqual([
      ...BEGINNING,
      'output_item.added 0',
      'reasoning_summary_part.added 0',
      'reasoning_summary_text.delta 0',
      'reasoning_summary_text.done 0',
      'reasoning_summary_part.done 0',
      'output_item.done 0',
      'output_item.added 1',
      'content_part.added 1 0',
      'output_text.delta 1 0',
      'output_text.delta 1 0',
      'output_text.done 1 0',
      'content_part.done 1 0',
      'output_item.done 1',
      'output_item.added 2',
      'function_call_arguments.delta 2',
      'function_call_arguments.done 2',
      'output_item.done 2',
      'completed',
    ]);
  });

  it('has texts and refusals that follow each other in one message', () => {
    const refusal = { type: 'open', part: { type: 'refusal' } } as const;
    const events = [START, OPEN, delta('a'), CLOSE, OPEN, delta('b'), CLOSE, refusal, delta('No.'), CLOSE, finish()];
    expect(outline(write(events)).slice(2)).toEqual([
      'output_item.added 0',
      'content_part.added 0 0',
      'output_text.delta 0 0',
      'output_text.done 0 0',
      'content_part.done 0 0',
      'content_part.added 0 1',
      'output_text.delta 0 1',
      'output_text.done 0 1',
      'content_part.done 0 1',
      'content_part.added 0 2',
      'refusal.delta 0 2',
      'refusal.done 0 2',
      'content_part.done 0 2',
      'output_item.done 0',
      'completed',
    ]);
  });

  it('says nothing of parts in which nothing was said', () => {
    const thought = { type: 'open', part: { type: 'reasoning' } } as const;
    expect(outline(write([START, OPEN, CLOSE, thought, CLOSE, OPEN, delta(''), CLOSE, finish()]))).toEqual([
      ...BEGINNING,
      'completed',
    ]);
  });

  it('has the same ids from the beginning of an item to the end of the response', () => {
    const events = parsed(write([START, OPEN, delta('a'), CLOSE, called('c'), delta('{}'), CLOSE, finish('tool_use')]));
    const ids = (type: string) => events.filter((event) => event.type === type).map(({ item }) => item.id);
    const { response } = events.at(-1);
    expect(ids('response.output_item.added')).toEqual(ids('response.output_item.done'));
    expect(response.output.map(({ id }: { id: string }) => id)).toEqual(ids('response.output_item.done'));
    expect(events[0].response.id).toBe(response.id);
    expect(events.find(({ type }) => type === 'response.output_text.delta').item_id).toBe(response.output[0].id);
  });

  it('has arguments for a call that has none', () => {
    const events = parsed(write([START, called('c'), CLOSE, finish('tool_use')]));
    expect(events.find(({ type }) => type === 'response.function_call_arguments.done').arguments).toBe('{}');
    expect(events.find(({ type }) => type === 'response.function_call_arguments.delta').delta).toBe('{}');
  });

  it('has a tool that is called with text called with text', () => {
    const tools: Conversation['tools'] = [
      {
        type: 'function',
        name: 'patch',
        description: null,
        schema: null,
        strict: null,
        isFreeform: true,
        cache: null,
        at: '',
      },
    ];
    const events = parsed(
      write([START, called('c', 'patch'), delta('{"inp'), delta('ut":"a\\nb"}'), CLOSE, finish('tool_use')], { tools }),
    );
    expect(
      events.slice(2, -1).map(({ type, delta: said, input, item }) => [type, said ?? input ?? item.input]),
    ).toEqual([
      ['response.output_item.added', ''],
      ['response.custom_tool_call_input.delta', 'a\nb'],
      ['response.custom_tool_call_input.done', 'a\nb'],
      ['response.output_item.done', 'a\nb'],
    ]);
  });

  it('has the proof of a call behind the call, to come back with it', () => {
    const { response } = parsed(write([START, called('c'), delta('{}'), SIGNED, finish('tool_use')])).at(-1);
    expect(response.output).toMatchObject([
      { type: 'function_call', call_id: 'c' },
      { type: 'reasoning', summary: [], encrypted_content: expect.stringMatching(/^sp1\.gemini\.signature\./) },
    ]);
  });

  it('has reasoning that is not shown as an item without words', () => {
    const hidden = {
      type: 'close',
      proof: { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: null },
    } as const;
    const text = write([START, { type: 'open', part: { type: 'reasoning' } }, hidden, finish()]);
    expect(outline(text)).toEqual([...BEGINNING, 'output_item.added 0', 'output_item.done 0', 'completed']);
    expect(parsed(text)[3].item).toMatchObject({ summary: [], encrypted_content: 'ZW5j' });
  });

  it('has whole parts in pieces, and pictures and items of its own as they are', () => {
    const common = { cache: null, at: '' } as const;
    const parts: readonly Part[] = [
      { type: 'text', text: 'a', citations: [], ...common },
      { type: 'reasoning', text: 'b', proof: null, at: '' },
      { type: 'tool_call', id: 'c', name: 'n', argumentsText: '{}', proof: null, ...common },
      { type: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' }, detail: null, ...common },
      { type: 'native', dialect: 'openai-responses', kind: 'mcp_call', value: { id: 'm', type: 'mcp_call' }, at: '' },
      { type: 'native', dialect: 'openai-responses', kind: 'mcp_call', value: { type: 'mcp_call' }, at: '' },
      { type: 'native', dialect: 'anthropic', kind: 'server_tool_use', value: {}, at: '' },
      { type: 'audio', base64: '', mediaType: 'audio/wav', at: '' },
      { type: 'refusal', text: 'No.', at: '' },
    ];
    const events = parsed(write([START, ...parts.map((part): AnswerEvent => ({ type: 'part', part })), finish()]));
    expect(events.at(-1).response.output.map(({ type }: { type: string }) => type)).toEqual([
      'message',
      'reasoning',
      'function_call',
      'image_generation_call',
      'mcp_call',
      'message',
    ]);
  });

  it('says at its end how far it came, and what it cost', () => {
    const usage = { ...NO_USAGE, inputTokens: 7, outputTokens: 5 };
    const early: AnswerEvent = { type: 'usage', usage: { ...usage, outputTokens: 1 } };
    const { type, response } = parsed(
      write([START, early, called('c'), delta('{"cut'), CLOSE, finish('length', usage)]),
    ).at(-1);
    expect(type).toBe('response.incomplete');
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete', arguments: '{"cut' }],
      usage: { input_tokens: 7, output_tokens: 5, total_tokens: 12 },
    });
  });

  it('says what it does not know yet of usage', () => {
    expect(parsed(write([START]))[0].response).toMatchObject({
      status: 'in_progress',
      usage: null,
      output: [],
      error: null,
    });
  });

  it('is kept alive by what no client reads', () => {
    let text = '';
    const writer = createStreamWriter(
      (piece) => {
        text += piece;
      },
      frameOf(conversationOf('openai-responses')),
    );
    writer.keepAlive();
    expect(text).toBe(': keep-alive\n\n');
    writer.write(START);
    writer.write(finish());
    const length = text.length;
    writer.keepAlive();
    expect(text).toHaveLength(length);
  });

  it('keeps lines and odd characters inside one event', () => {
    const odd = 'a\n\ndata: x\r\u2028\ud83d"\\';
    const events = parsed(write([START, OPEN, delta(odd), CLOSE, finish()]));
    expect(events.find(({ type }) => type === 'response.output_text.delta').delta).toBe(odd);
    expect(events.at(-1).response.output[0].content[0].text).toBe(odd);
  });
});

describe('a stream that broke', () => {
  const broken = [
    START,
    { type: 'usage', usage: { ...NO_USAGE, inputTokens: 7, outputTokens: 1 } } as const,
    called('c'),
    delta('{"cut'),
    { type: 'error', error: ERROR } as const,
  ];

  it('says so twice, with what there was, and nothing after', () => {
    const text = write([...broken, CLOSE, finish()]);
    expect(outline(text).slice(-3)).toEqual(['function_call_arguments.delta 0', 'failed', 'error']);
    const [failed, error] = parsed(text).slice(-2);
    expect(failed.response).toMatchObject({
      status: 'failed',
      error: { code: 'rate_limit_exceeded', message: 'Slow down' },
      output: [{ type: 'function_call', status: 'incomplete', arguments: '{"cut' }],
      usage: { input_tokens: 7, output_tokens: 1 },
    });
    expect(error).toMatchObject({
      code: 'rate_limit_exceeded',
      message: 'Slow down',
      param: null,
      error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Slow down' },
    });
  });

  it('has nothing but the error where nothing had begun', () => {
    expect(outline(write([{ type: 'error', error: ERROR }]))).toEqual(['error']);
  });

  it.each([
    ['before anything was said', [START]],
    ['in a text', [START, OPEN, delta('a')]],
    ['between two parts', [START, OPEN, delta('a'), CLOSE]],
    ['in a thought', [START, { type: 'open', part: { type: 'reasoning' } }, delta('a')]],
    ['in a call', [START, called('c'), delta('{')]],
  ] as [string, AnswerEvent[]][])('is an error of OpenAI’s own client when it broke %s', async (_name, events) => {
    const text = write([...events, { type: 'error', error: ERROR }]);
    const fetch = async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
    const client = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch });
    const seen: string[] = [];
    const stream = client.responses.stream({ model: 'm', input: 'Hello' }).on('event', ({ type }) => seen.push(type));
    await expect(stream.finalResponse()).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      message: expect.stringContaining('Slow down'),
    });
    expect(seen.at(-1)).toBe('response.failed');
  });
});
