/** Model providers that speak their real wires: what they say depends on the request alone, in every dialect alike. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Wire } from '#features/gateway/config';
import { listen } from './gateway-harness.ts';

/** What a provider got, as it stood on the wire. */
export type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: a test looks wherever it wants into what a provider got
  readonly body: any;
  /** The body as it came. */
  readonly text: string;
};

export type FakeProvider = {
  readonly endpoint: string;
  readonly received: Received[];
  /** Answers instead of the wire's own handler while it is set. */
  override: ((request: Received, response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
};

/** What is said to everybody: a word to begin with, the weather once a tool has told it. */
export const SAID = { text: 'Hello from the provider', afterTool: 'It is sunny in Paris' };
export const TOOL_CALL = { id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' };

const BASES: Readonly<Record<Wire, string>> = {
  anthropic: '/v1',
  'openai-chat': '/v1',
  'openai-responses': '/v1',
  gemini: '/v1beta',
};

export async function startFakeProvider(wire: Wire): Promise<FakeProvider> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const got: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? null : JSON.parse(text),
      text,
    };
    received.push(got);
    if (fake.override !== undefined) fake.override(got, response);
    else ANSWERS[wire](got, response);
  });
  const url = await listen(server);
  const fake: FakeProvider = {
    endpoint: `${url}${BASES[wire]}`,
    received,
    override: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

type Turn = 'text' | 'tool_call' | 'after_tool';

/** Writes pieces of a stream one by one, each in its own packet where the network lets it. */
function stream(response: ServerResponse, pieces: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of pieces) response.write(piece);
  response.end();
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const named = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

function halves(text: string): readonly [string, string] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

const ANSWERS: Readonly<Record<Wire, (got: Received, response: ServerResponse) => void>> = {
  anthropic({ path, body }, response) {
    if (path.startsWith('/v1/messages/count_tokens')) return json(response, { input_tokens: 7 });
    const turn: Turn = body.messages.some(
      (message: { content: unknown }) =>
        Array.isArray(message.content) && message.content.some((block) => block.type === 'tool_result'),
    )
      ? 'after_tool'
      : (body.tools ?? []).length > 0
        ? 'tool_call'
        : 'text';
    const head = { id: 'msg_fake', type: 'message', role: 'assistant', model: body.model, stop_sequence: null };
    const isTool = turn === 'tool_call';
    const said = turn === 'after_tool' ? SAID.afterTool : SAID.text;
    const usage = { input_tokens: 20, cache_read_input_tokens: 5, cache_creation_input_tokens: 0, output_tokens: 9 };
    if (body.stream !== true) {
      const content = isTool
        ? [{ type: 'tool_use', id: TOOL_CALL.id, name: TOOL_CALL.name, input: JSON.parse(TOOL_CALL.arguments) }]
        : [{ type: 'text', text: said }];
      return json(response, { ...head, content, stop_reason: isTool ? 'tool_use' : 'end_turn', usage });
    }
    const block = isTool
      ? { type: 'tool_use', id: TOOL_CALL.id, name: TOOL_CALL.name, input: {} }
      : { type: 'text', text: '' };
    const deltas = halves(isTool ? TOOL_CALL.arguments : said).map((piece) =>
      named('content_block_delta', {
        index: 0,
        delta: isTool ? { type: 'input_json_delta', partial_json: piece } : { type: 'text_delta', text: piece },
      }),
    );
    return stream(response, [
      named('message_start', {
        message: { ...head, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
      }),
      named('content_block_start', { index: 0, content_block: block }),
      named('ping', {}),
      ...deltas,
      named('content_block_stop', { index: 0 }),
      named('message_delta', {
        delta: { stop_reason: isTool ? 'tool_use' : 'end_turn', stop_sequence: null },
        usage: { output_tokens: 9 },
      }),
      named('message_stop', {}),
    ]);
  },

  'openai-chat'({ path, body }, response) {
    if (path.endsWith('/embeddings')) {
      return json(response, {
        object: 'list',
        model: body.model,
        data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }],
        usage: { prompt_tokens: 4, total_tokens: 4 },
      });
    }
    const turn: Turn = body.messages.some((message: { role: string }) => message.role === 'tool')
      ? 'after_tool'
      : (body.tools ?? []).length > 0
        ? 'tool_call'
        : 'text';
    const isTool = turn === 'tool_call';
    const said = turn === 'after_tool' ? SAID.afterTool : SAID.text;
    const head = { id: 'chatcmpl-fake', created: 1_700_000_000, model: body.model };
    const usage = {
      prompt_tokens: 25,
      completion_tokens: 9,
      total_tokens: 34,
      prompt_tokens_details: { cached_tokens: 5 },
    };
    const call = {
      id: TOOL_CALL.id,
      type: 'function',
      function: { name: TOOL_CALL.name, arguments: TOOL_CALL.arguments },
    };
    if (body.stream !== true) {
      const message = isTool
        ? { role: 'assistant', content: null, tool_calls: [call], refusal: null }
        : { role: 'assistant', content: said, refusal: null };
      const finish_reason = isTool ? 'tool_calls' : 'stop';
      return json(response, {
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason, logprobs: null }],
        usage,
      });
    }
    const chunk = (delta: object, finish_reason: string | null = null) =>
      data({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason, logprobs: null }] });
    const [first, second] = halves(isTool ? TOOL_CALL.arguments : said);
    const pieces = isTool
      ? [
          chunk({
            tool_calls: [
              { index: 0, id: call.id, type: 'function', function: { name: call.function.name, arguments: '' } },
            ],
          }),
          chunk({ tool_calls: [{ index: 0, function: { arguments: first } }] }),
          chunk({ tool_calls: [{ index: 0, function: { arguments: second } }] }),
        ]
      : [chunk({ content: first }), chunk({ content: second })];
    return stream(response, [
      ': keep-alive\n\n',
      chunk({ role: 'assistant', content: isTool ? null : '' }),
      ...pieces,
      chunk({}, isTool ? 'tool_calls' : 'stop'),
      ...(body.stream_options?.include_usage === true
        ? [data({ ...head, object: 'chat.completion.chunk', choices: [], usage })]
        : []),
      'data: [DONE]\n\n',
    ]);
  },

  'openai-responses'({ body }, response) {
    const items: readonly { type?: string }[] = Array.isArray(body.input) ? body.input : [];
    const turn: Turn = items.some((item) => item.type === 'function_call_output')
      ? 'after_tool'
      : (body.tools ?? []).length > 0
        ? 'tool_call'
        : 'text';
    const isTool = turn === 'tool_call';
    const said = turn === 'after_tool' ? SAID.afterTool : SAID.text;
    const usage = {
      input_tokens: 25,
      input_tokens_details: { cached_tokens: 5 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 34,
    };
    const item = isTool
      ? {
          type: 'function_call',
          id: 'fc_1',
          call_id: TOOL_CALL.id,
          name: TOOL_CALL.name,
          arguments: TOOL_CALL.arguments,
          status: 'completed',
        }
      : {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: said, annotations: [] }],
        };
    const whole = (status: string, output: readonly object[], used: object | null) => ({
      id: 'resp_fake',
      object: 'response',
      created_at: 1_700_000_000,
      status,
      error: null,
      incomplete_details: null,
      instructions: null,
      model: body.model,
      output,
      parallel_tool_calls: true,
      temperature: 1,
      tool_choice: 'auto',
      tools: [],
      top_p: 1,
      metadata: {},
      usage: used,
    });
    if (body.stream !== true) return json(response, whole('completed', [item], usage));
    let sequence_number = 0;
    const event = (type: string, more: object) => named(type, { sequence_number: sequence_number++, ...more });
    const [first, second] = halves(isTool ? TOOL_CALL.arguments : said);
    const at = { output_index: 0, item_id: item.id };
    const middle = isTool
      ? [
          event('response.output_item.added', {
            output_index: 0,
            item: { ...item, arguments: '', status: 'in_progress' },
          }),
          event('response.function_call_arguments.delta', { ...at, delta: first }),
          event('response.function_call_arguments.delta', { ...at, delta: second }),
          event('response.function_call_arguments.done', { ...at, arguments: TOOL_CALL.arguments }),
        ]
      : [
          event('response.output_item.added', {
            output_index: 0,
            item: { ...item, content: [], status: 'in_progress' },
          }),
          event('response.content_part.added', {
            ...at,
            content_index: 0,
            part: { type: 'output_text', text: '', annotations: [] },
          }),
          event('response.output_text.delta', { ...at, content_index: 0, delta: first }),
          event('response.output_text.delta', { ...at, content_index: 0, delta: second }),
          event('response.output_text.done', { ...at, content_index: 0, text: said }),
          event('response.content_part.done', {
            ...at,
            content_index: 0,
            part: { type: 'output_text', text: said, annotations: [] },
          }),
        ];
    return stream(response, [
      event('response.created', { response: whole('in_progress', [], null) }),
      event('response.in_progress', { response: whole('in_progress', [], null) }),
      ...middle,
      event('response.output_item.done', { output_index: 0, item }),
      event('response.completed', { response: whole('completed', [item], usage) }),
    ]);
  },

  gemini({ path, body }, response) {
    if (path.includes(':countTokens')) return json(response, { totalTokens: 7 });
    const parts: readonly object[] = body.contents.flatMap((content: { parts: readonly object[] }) => content.parts);
    const turn: Turn = parts.some((part) => 'functionResponse' in part)
      ? 'after_tool'
      : (body.tools ?? []).length > 0
        ? 'tool_call'
        : 'text';
    const isTool = turn === 'tool_call';
    const said = turn === 'after_tool' ? SAID.afterTool : SAID.text;
    const usageMetadata = {
      promptTokenCount: 25,
      cachedContentTokenCount: 5,
      candidatesTokenCount: 9,
      totalTokenCount: 34,
    };
    const head = { modelVersion: 'gemini-fake', responseId: 'resp_gemini' };
    const chunk = (parts: readonly object[], finishReason?: string) => ({
      ...head,
      candidates: [
        { index: 0, content: { role: 'model', parts }, ...(finishReason === undefined ? {} : { finishReason }) },
      ],
      usageMetadata,
    });
    const call = {
      functionCall: { name: TOOL_CALL.name, args: JSON.parse(TOOL_CALL.arguments) },
      thoughtSignature: 'c2ln',
    };
    if (!path.includes(':streamGenerateContent'))
      return json(response, chunk([isTool ? call : { text: said }], 'STOP'));
    const [first, second] = halves(said);
    return stream(
      response,
      isTool
        ? [data(chunk([call], 'STOP'))]
        : [data(chunk([{ text: first }])), data(chunk([{ text: second }], 'STOP'))],
    );
  },
};
