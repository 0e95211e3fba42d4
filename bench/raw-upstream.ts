/**
 * The cheapest upstream there is: fixed answers in the dialects of Anthropic and of OpenAI's chat completions. The model
 * `claude-idle` begins its stream and never ends it. Prints its port.
 */
import { createServer } from 'node:http';

const EVENTS = 100;

const message = JSON.stringify({
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'claude-bench',
  content: [
    {
      type: 'text',
      text: 'An answer of about one hundred and twenty characters, so that the body is neither empty nor large, as in practice.',
    },
  ],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 25, output_tokens: 30, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
});

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
}

const head = [
  event('message_start', {
    message: {
      id: 'msg_bench',
      type: 'message',
      role: 'assistant',
      model: 'claude-bench',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 25, output_tokens: 1 },
    },
  }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
];
const delta = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'a few words ' } });
const tail = [
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 300 } }),
  event('message_stop', {}),
];
const stream = [...head, ...Array.from({ length: EVENTS - head.length - tail.length }, () => delta), ...tail];

const completion = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_750_000_000,
  model: 'gpt-bench',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content:
          'An answer of about one hundred and twenty characters, so that the body is neither empty nor large, as in practice.',
      },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 25, completion_tokens: 30, total_tokens: 55 },
});

function chunk(choices: readonly object[], more: object = {}): string {
  const shared = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_750_000_000, model: 'gpt-bench' };
  return `data: ${JSON.stringify({ ...shared, choices, ...more })}\n\n`;
}

const chunkHead = chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]);
const chunkDelta = chunk([{ index: 0, delta: { content: 'a few words ' }, finish_reason: null }]);
const chunkTail = [
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  chunk([], { usage: { prompt_tokens: 25, completion_tokens: 300, total_tokens: 325 } }),
  'data: [DONE]\n\n',
];
const chunks = [chunkHead, ...Array.from({ length: EVENTS - 1 - chunkTail.length }, () => chunkDelta), ...chunkTail];

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    if (request.url?.includes('/mcp')) return answerMcp(JSON.parse(body || '{}'), response);
    const isChat = request.url?.includes('/chat/completions') === true;
    if (!body.includes('"stream":true')) {
      const whole = isChat ? completion : message;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(whole) });
      response.end(whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (body.includes('"claude-idle"')) {
      for (const part of head) response.write(part);
      return;
    }
    for (const part of isChat ? chunks : stream) response.write(part);
    response.end();
  });
});

function answerMcp(message: { id?: unknown; method?: string }, response: import('node:http').ServerResponse): void {
  if (message.id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const results: Record<string, object> = {
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'bench', version: '1' },
    },
    'tools/list': { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: 'done' }], isError: false },
  };
  const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: results[message.method ?? ''] ?? {} });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
  response.end(answer);
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }));
});
