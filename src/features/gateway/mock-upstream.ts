/**
 * A model provider that needs no key and no network: a loopback server that speaks the Anthropic wire, deterministic
 * to the byte. It is the default route of a first run, and what demos and tests prove against: `GET /stats` counts
 * what arrived, so that a denied call can be shown never to have arrived.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf, OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, parseJsonBytes } from '#foundation/json';
import type { Part } from '#foundation/lifecycle';
import { type Clock, elapse } from '#foundation/time';
import { countPromptTokens, mockMessage, newestText } from './mock-answer.ts';
import { type MockDirectives, readDirectives } from './mock-directives.ts';
import { streamEvents } from './mock-stream.ts';

export const MOCK_MODELS: readonly string[] = ['claude-mock-1-0', 'claude-mock-mini-1-0'];

export type MockStats = { messages: number; count_tokens: number; models: number; other: number };

export type MockUpstream = Part & {
  /** The base for a route, `http://127.0.0.1:PORT/v1`; undefined while it does not run. */
  endpoint(): string | undefined;
  readonly models: readonly string[];
  stats(): Readonly<MockStats>;
};

const BODY_BYTES_MAX = 33_554_432;

export function createMockUpstream(options: { readonly clock: Clock; readonly port?: number }): MockUpstream {
  const stats: MockStats = { messages: 0, count_tokens: 0, models: 0, other: 0 };
  let server: Server | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const asked = stats.messages + stats.count_tokens;
    response.setHeader('request-id', `req_mock_${String(asked + 1).padStart(6, '0')}`);
    if (path === '/stats') return sendJson(response, 200, stats);
    if (path === '/v1/models') {
      stats.models += 1;
      return sendJson(response, 200, { data: MOCK_MODELS.map(modelEntry), has_more: false });
    }
    if (request.method !== 'POST' || (path !== '/v1/messages' && path !== '/v1/messages/count_tokens')) {
      stats.other += 1;
      return path === '/' ? sendJson(response, 200, {}) : sendError(response, 404, `nothing is served at ${path}`);
    }
    stats[path === '/v1/messages' ? 'messages' : 'count_tokens'] += 1;
    const body = parseBody(await readBody(request));
    if (path === '/v1/messages/count_tokens') return countTokens(body, response);
    await answer(body, response, options.clock);
  }

  return {
    name: 'mock upstream',
    models: MOCK_MODELS,
    endpoint: () => {
      const address = server?.address();
      return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/v1` : undefined;
    },
    stats: () => ({ ...stats }),
    start: () =>
      new Promise((resolve, reject) => {
        server = createServer((request, response) => {
          handle(request, response).catch((error: unknown) => {
            if (response.headersSent) response.destroy();
            else sendError(response, error instanceof OperatingError ? 400 : 500, messageOf(error));
          });
        });
        server.once('error', reject);
        server.listen(options.port ?? 0, '127.0.0.1', resolve);
      }),
    stop: () =>
      new Promise((resolve) => {
        if (server === undefined) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
        server = undefined;
      }),
  };
}

async function answer(body: MockRequest, response: ServerResponse, clock: Clock): Promise<void> {
  const directives = readDirectives(body.model, newestText(body));
  if (directives.latencyMs > 0) await elapse(clock, directives.latencyMs);
  if (directives.answersHtml) return sendHtml(response);
  if (directives.errorStatus !== undefined)
    return sendError(response, directives.errorStatus, 'asked for by the prompt');
  if (!Number.isInteger(body.max_tokens)) return sendError(response, 400, 'max_tokens: Field required');
  const message = mockMessage(body, directives);
  if (body.stream === true) return stream(streamEvents(message), directives, response, clock);
  if (!directives.cutsOff) return sendJson(response, 200, message);
  const text = JSON.stringify(message);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

async function stream(
  events: readonly string[],
  directives: MockDirectives,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const end = directives.cutsOff ? Math.ceil(events.length / 2) : events.length;
  for (const event of events.slice(0, end)) {
    if (response.destroyed) return;
    if (!response.write(event)) await drained(response);
    if (directives.pauseMs > 0) await elapse(clock, directives.pauseMs);
  }
  if (!directives.cutsOff) response.end();
  // Half an event, and then the connection is gone.
  else response.write(events[end]?.slice(0, 30) ?? '', () => response.destroy());
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

function countTokens(body: MockRequest, response: ServerResponse): void {
  const { errorStatus } = readDirectives(body.model, newestText(body));
  if (errorStatus !== undefined) sendError(response, errorStatus, 'asked for by the prompt');
  else sendJson(response, 200, { input_tokens: countPromptTokens(body) });
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) reject(new OperatingError('too_large', 'body_too_large', 'the body is too large'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

type MockRequest = JsonObject & { readonly model: string };

function parseBody(bytes: Buffer): MockRequest {
  const body = parseJsonBytes(bytes);
  if (
    isJsonObject(body) &&
    typeof body.model === 'string' &&
    Array.isArray(body.messages) &&
    body.messages.length > 0
  ) {
    return { ...body, model: body.model };
  }
  throw new OperatingError('invalid_input', 'mock_request', 'model and messages: Field required');
}

function modelEntry(id: string) {
  return { type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function sendHtml(response: ServerResponse): void {
  response.writeHead(502, { 'content-type': 'text/html' });
  response.end('<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>');
}

/** https://docs.anthropic.com/en/api/errors */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function sendError(response: ServerResponse, status: number, message: string): void {
  if (status === 429 || status === 529) response.setHeader('retry-after', '7');
  sendJson(response, status, { type: 'error', error: { type: ERROR_TYPES[status] ?? 'api_error', message } });
}
