import OpenAI, { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import type { Answer } from '#features/gateway/conversation/answer';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { NO_USAGE } from '#features/gateway/usage';
import { isJsonObject, parseJsonPrecisely } from '#foundation/json';
import { frameOf } from '#tests/support/dialects';
import { openaiResponsesDialect as dialect } from './dialect.ts';

/** A client of OpenAI's whose requests are read, and answered, as the gateway would. */
function clientOf(answer: (asked: Conversation, turn: number) => Response) {
  const asked: Conversation[] = [];
  const fetch = async (_input: unknown, init?: RequestInit) => {
    const body = parseJsonPrecisely(String(init?.body));
    if (!isJsonObject(body)) throw new Error('the body is no object');
    const conversation = dialect.readRequest(body, { model: null, isStreaming: false });
    asked.push(conversation);
    return answer(conversation, asked.length - 1);
  };
  return { client: new OpenAI({ apiKey: 'none', maxRetries: 0, fetch }), asked };
}

function whole(answer: Partial<Answer>): (asked: Conversation) => Response {
  const full: Answer = { id: 'up', model: 'upstream-model', parts: [], stop: END.stop, usage: USAGE, ...answer };
  return (asked) => Response.json(dialect.writeAnswer(full, frameOf(asked)));
}

function streamed(events: readonly AnswerEvent[]): (asked: Conversation) => Response {
  return (asked) => {
    let text = '';
    const writer = dialect.createStreamWriter((piece) => {
      text += piece;
    }, frameOf(asked));
    for (const event of events) {
      writer.keepAlive();
      writer.write(event);
    }
    return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
  };
}

const USAGE = { ...NO_USAGE, inputTokens: 7, outputTokens: 5, cacheReadTokens: 3, reasoningTokens: 2 };
const START: AnswerEvent = { type: 'start', id: 'up', model: 'upstream-model' };
const END = { type: 'finish', stop: { reason: 'end', sequence: null, detail: null }, usage: USAGE } as const;
const CALLED = { ...END, stop: { reason: 'tool_use', sequence: null, detail: null } } as const;
const SIGNATURE = { dialect: 'anthropic', kind: 'signature', value: 'RXJyb3I=', id: null } as const;
const GEMINI = { dialect: 'gemini', kind: 'signature', value: 'Z2Vt', id: null } as const;

const text = (said: string) => ({ type: 'text', text: said, citations: [], cache: null, at: '' }) as const;
const open = (type: 'text' | 'reasoning' | 'refusal'): AnswerEvent => ({ type: 'open', part: { type } });
const call = (id: string, name: string): AnswerEvent => ({ type: 'open', part: { type: 'tool_call', id, name } });
const delta = (said: string): AnswerEvent => ({ type: 'delta', text: said });
const close: AnswerEvent = { type: 'close', proof: null };

const TOOLS = [
  { type: 'function' as const, name: 'look_up', parameters: { type: 'object', properties: {} }, strict: false },
  { type: 'custom' as const, name: 'patch', description: 'Takes a patch' },
];

describe("OpenAI's own client", () => {
  it('is understood in everything that it says', async () => {
    const { client, asked } = clientOf(whole({ parts: [text('Sunny.')] }));
    const response = await client.responses.create({
      model: 'gpt-5',
      instructions: 'Be short.',
      input: [
        { role: 'developer', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'And here?' },
            { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'low' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' },
          ],
        },
      ],
      tools: [...TOOLS, { type: 'web_search' }],
      tool_choice: { type: 'function', name: 'look_up' },
      parallel_tool_calls: false,
      max_output_tokens: 500,
      temperature: 0.5,
      reasoning: { effort: 'low', summary: 'auto' },
      text: {
        format: { type: 'json_schema', name: 'sky', schema: { type: 'object' }, strict: true },
        verbosity: 'low',
      },
      include: ['reasoning.encrypted_content'],
      store: false,
      safety_identifier: 'user-7',
      prompt_cache_key: 'key',
      service_tier: 'flex',
    });
    expect(response.output_text).toBe('Sunny.');
    expect(asked[0]).toMatchObject({
      model: 'gpt-5',
      system: [
        { text: 'Be short.', at: 'instructions' },
        { text: 'Be kind.', at: 'input[0].content' },
      ],
      turns: [
        {
          role: 'user',
          parts: [
            { text: 'And here?' },
            { type: 'image', source: { mediaType: 'image/png', base64: 'aGk=' }, detail: { value: 'low' } },
            { type: 'document', source: { mediaType: 'application/pdf' }, title: 'a.pdf' },
          ],
        },
      ],
      tools: [{ name: 'look_up' }, { name: 'patch', isFreeform: true }, { type: 'provider', kind: 'web_search' }],
      toolChoice: { value: { type: 'named', name: 'look_up' } },
      parallelToolCalls: { value: false },
      maxOutputTokens: { value: 500 },
      reasoning: { value: { mode: 'on', effort: 'low', display: 'summarized' } },
      outputFormat: { value: { type: 'json_schema', name: 'sky', strict: true } },
      verbosity: { value: 'low' },
      endUser: { value: 'user-7', at: 'safety_identifier' },
      promptCacheKey: { value: 'key' },
      serviceTier: { value: 'flex' },
      beyond: [],
    });
  });

  it('gets items in the order of the answer, and every count', async () => {
    const { client } = clientOf(
      whole({
        parts: [
          { type: 'reasoning', text: 'Where?', proof: SIGNATURE, at: '' },
          text('I look '),
          text('it up.'),
          {
            type: 'tool_call',
            id: 'toolu_1',
            name: 'look_up',
            argumentsText: '{"id":12345678901234567890}',
            proof: GEMINI,
            cache: null,
            at: '',
          },
        ],
        stop: CALLED.stop,
      }),
    );
    const response = await client.responses.create({ model: 'gpt-5', input: 'Hello', tools: TOOLS });
    expect(response.output_text).toBe('I look it up.');
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call', 'reasoning']);
    expect(response.output[2]).toMatchObject({ call_id: 'toolu_1', arguments: '{"id":12345678901234567890}' });
    expect(response.usage).toEqual({
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 15,
    });
  });

  it('follows a stream to the response that it amounts to', async () => {
    const { client } = clientOf(
      streamed([
        START,
        open('reasoning'),
        delta('Where'),
        delta('?'),
        { type: 'close', proof: SIGNATURE },
        open('text'),
        delta('I look '),
        {
          type: 'citation',
          citation: { kind: 'web', url: 'https://a.example', title: 'A', quote: null, span: null, native: null },
        },
        close,
        open('text'),
        delta('it up.'),
        close,
        call('toolu_1', 'look_up'),
        delta('{"city":'),
        delta('"Oslo"}'),
        { type: 'close', proof: GEMINI },
        call('toolu_1', 'patch'),
        delta('{"input":"a'),
        delta('b"}'),
        close,
        CALLED,
      ]),
    );
    const stream = client.responses.stream({ model: 'gpt-5', input: 'Hello', tools: TOOLS });
    let said = '';
    const numbers: number[] = [];
    for await (const event of stream) {
      numbers.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') said += event.delta;
    }
    const response = await stream.finalResponse();
    expect(said).toBe('I look it up.');
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(response).toMatchObject({ status: 'completed', output_text: 'I look it up.', usage: { total_tokens: 15 } });
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'Where?' }] },
      {
        type: 'message',
        content: [
          { text: 'I look ', annotations: [{ type: 'url_citation', url: 'https://a.example', end_index: 7 }] },
          { text: 'it up.' },
        ],
      },
      { type: 'function_call', call_id: 'toolu_1', arguments: '{"city":"Oslo"}' },
      { type: 'reasoning', summary: [] },
      { type: 'custom_tool_call', call_id: 'toolu_1_2', input: 'ab' },
    ]);
  });

  it('sends back in the next turn what it got, foreign signatures and free text included', async () => {
    const first: readonly AnswerEvent[] = [
      START,
      open('reasoning'),
      delta('Where?'),
      { type: 'close', proof: SIGNATURE },
      call('toolu_1', 'look_up'),
      delta('{"city":"Oslo"}'),
      { type: 'close', proof: GEMINI },
      call('toolu_2', 'patch'),
      delta('{"input":"a\\nb"}'),
      close,
      CALLED,
    ];
    const { client, asked } = clientOf((conversation, turn) =>
      turn > 0 ? whole({ parts: [text('Sunny.')] })(conversation) : streamed(first)(conversation),
    );
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Weather?' }];
    const { output } = await client.responses.stream({ model: 'gpt-5', input, tools: TOOLS }).finalResponse();
    for (const item of output) {
      if (item.type === 'reasoning' || item.type === 'function_call' || item.type === 'custom_tool_call')
        input.push(item);
    }
    input.push({ type: 'function_call_output', call_id: 'toolu_1', output: '21 degrees' });
    input.push({ type: 'custom_tool_call_output', call_id: 'toolu_2', output: 'done' });
    const response = await client.responses.create({ model: 'gpt-5', input, tools: TOOLS });
    expect(response.output_text).toBe('Sunny.');
    expect(asked[1]?.beyond).toEqual([]);
    expect(asked[1]?.turns).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Where?', proof: SIGNATURE },
          { type: 'tool_call', id: 'toolu_1', argumentsText: '{"city":"Oslo"}', proof: GEMINI },
          { type: 'tool_call', id: 'toolu_2', argumentsText: '{"input":"a\\nb"}', proof: null },
        ],
      },
      {
        role: 'user',
        parts: [
          { type: 'tool_result', callId: 'toolu_1', content: [{ text: '21 degrees' }] },
          { type: 'tool_result', callId: 'toolu_2', content: [{ text: 'done' }] },
        ],
      },
    ]);
  });

  it('learns that an answer was cut off, or refused', async () => {
    for (const [reason, word] of [
      ['length', 'max_output_tokens'],
      ['refusal', 'content_filter'],
    ] as const) {
      const stop = { reason, sequence: null, detail: null } as const;
      const { client } = clientOf((asked) =>
        asked.isStreaming
          ? streamed([START, open('text'), delta('Sun'), close, { ...END, stop }])(asked)
          : whole({ parts: [text('Sun')], stop })(asked),
      );
      const asked = { model: 'gpt-5', input: 'Hello' };
      const expected = {
        status: 'incomplete',
        incomplete_details: { reason: word },
        output: [{ status: 'incomplete', content: [{ text: 'Sun' }] }],
      };
      expect(await client.responses.create(asked)).toMatchObject(expected);
      expect(await client.responses.stream(asked).finalResponse()).toMatchObject(expected);
    }
  });

  it('gets a refusal in words as one', async () => {
    const stop = { reason: 'refusal', sequence: null, detail: null } as const;
    const { client } = clientOf(
      streamed([START, open('refusal'), delta('I '), delta('will not.'), close, { ...END, stop }]),
    );
    const response = await client.responses.stream({ model: 'gpt-5', input: 'Hello' }).finalResponse();
    expect(response).toMatchObject({
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'I will not.' }] }],
    });
  });

  it('throws what broke a stream, however it reads it', async () => {
    const error = {
      kind: 'overloaded',
      status: 529,
      message: 'Busy',
      code: null,
      param: null,
      retryAfterMs: null,
    } as const;
    const broken = [START, open('text'), delta('Sun'), { type: 'error', error }, END] as const;
    const { client } = clientOf(streamed(broken));
    const asked = { model: 'gpt-5', input: 'Hello' };
    await expect(client.responses.stream(asked).finalResponse()).rejects.toMatchObject({
      code: 'server_is_overloaded',
    });
    const seen: string[] = [];
    const read = async () => {
      for await (const event of await client.responses.create({ ...asked, stream: true })) seen.push(event.type);
    };
    await expect(read()).rejects.toBeInstanceOf(APIError);
    expect(seen.at(-1)).toBe('response.failed');
    expect(seen).not.toContain('response.completed');
  });

  it('throws an error answer with its status and code', async () => {
    const error = {
      kind: 'rate_limit',
      status: 429,
      message: 'Slow down',
      code: null,
      param: null,
      retryAfterMs: 1_500,
    } as const;
    const { client } = clientOf(() => {
      const reply = dialect.writeError(error, 'req_1');
      const headers = Object.entries(reply.headers ?? {}).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      return Response.json('json' in reply ? reply.json : null, { status: reply.status, headers });
    });
    await expect(client.responses.create({ model: 'gpt-5', input: 'Hello' })).rejects.toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'rate_limit_error',
      requestID: 'req_1',
    });
  });
});
