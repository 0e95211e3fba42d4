/** A provider of the Anthropic dialect that begins its answers and holds them back until a test lets them go on. */
import { createServer, type ServerResponse } from 'node:http';
import { listen } from './gateway-harness.ts';

export type HeldUpstream = {
  /** The base of a route. */
  readonly endpoint: string;
  /** Requests that have arrived. */
  readonly arrived: number;
  /** Answers whose connection was cut before they were complete. */
  readonly cut: number;
  /** Lets what is held go on to its end. */
  release(): void;
  close(): Promise<void>;
};

export async function startHeldUpstream(): Promise<HeldUpstream> {
  const held: (() => void)[] = [];
  let arrived = 0;
  let cut = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    arrived += 1;
    response.once('close', () => {
      if (!response.writableFinished) cut += 1;
    });
    const answer = body.stream === true ? beginStream(response, body.model) : wholeMessage(response, body.model);
    held.push(answer);
  });
  const url = await listen(server);
  return {
    endpoint: `${url}/v1`,
    get arrived() {
      return arrived;
    },
    get cut() {
      return cut;
    },
    release() {
      for (const goOn of held.splice(0)) goOn();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const delta = (text: string) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });

function messageOf(model: string) {
  const head = { id: 'msg_held', type: 'message', role: 'assistant', model, stop_sequence: null };
  return { ...head, content: [], stop_reason: null, usage: { input_tokens: 20, output_tokens: 1 } };
}

function beginStream(response: ServerResponse, model: string): () => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(event('message_start', { message: messageOf(model) }));
  response.write(event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }));
  response.write(delta('the beginning'));
  return () => {
    const stop = { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } };
    response.write(delta(' and the end'));
    response.write(event('content_block_stop', { index: 0 }));
    response.end(event('message_delta', stop) + event('message_stop', {}));
  };
}

function wholeMessage(response: ServerResponse, model: string): () => void {
  return () => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const content = [{ type: 'text', text: 'whole' }];
    response.end(JSON.stringify({ ...messageOf(model), content, stop_reason: 'end_turn' }));
  };
}
