import { createHash } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayHarness, listen, startGateway } from '../support/gateway-harness.ts';
import { proves } from '../support/proves.ts';

proves('gateway.byte-proxy', 'gateway.keys-from-store');

type Received = { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

let harness: GatewayHarness;
let received: Received[];
let answer: (response: ServerResponse, incoming: Received) => void;
let closers: (() => void)[];

beforeEach(async () => {
  received = [];
  closers = [];
  const upstream = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const incoming = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
    received.push(incoming);
    answer(response, incoming);
  });
  const endpoint = await listen(upstream);
  closers.push(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const unpriced = { provider: 'anthropic', allow_unpriced: true };
  harness = await startGateway({
    routes: [
      { id: 'alias', model_pattern: 'alias-*', ...unpriced, endpoint, upstream_model: 'claude-"real"' },
      {
        id: 'keyed',
        model_pattern: 'keyed',
        ...unpriced,
        endpoint: `${endpoint}/v1`,
        api_key_secret: 'upstream_key',
      },
      { id: 'strict', model_pattern: 'gpt-*', provider: 'openai', endpoint, conversion: 'strict' },
      { id: 'dead', model_pattern: 'dead', ...unpriced, endpoint: 'http://127.0.0.1:1/v1' },
      { id: 'unpriced', model_pattern: 'unpriced', provider: 'anthropic', endpoint },
      { id: 'any', model_pattern: 'claude-*', ...unpriced, endpoint, content: 'full' },
    ],
    // Upstreams fail here on purpose, and more often than any breaker stands.
    circuit_breaker: { enabled: false },
  });
  closers.push(() => void harness.close());
});

afterEach(() => {
  for (const close of closers.reverse()) close();
});

type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly isWhole: boolean;
};

function post(
  body: Buffer | string,
  options: { path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${harness.url}${options.path ?? '/v1/messages'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...options.headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => {});
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          isWhole: response.complete,
        }),
      );
    });
    request.end(body);
  });
}

const BODY =
  '{ "messages":[ {"role":"user","content":"h\\u00e9 \\/ \u{1f600}"} ],\r\n\t"max_tokens":1e2,"model":"claude-x" , "novel":[1.0,-0,1e400] }  ';
const MESSAGE =
  '{"id":"msg_1","type":"message","model":"claude-haiku-4-5","content":[],"stop_reason":"end_turn", "usage":{"input_tokens":1000,"output_tokens":10}}\n\n';

function answerWith(
  bytes: Buffer | string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  status = 200,
) {
  answer = (response) => {
    response.writeHead(status, headers);
    response.end(bytes);
  };
}

const jsonOf = (result: Answer) =>
  JSON.parse(result.body.toString()) as { type: string; error: { type: string; message: string } };

describe('the bytes of a request', () => {
  it('go upstream as they came', async () => {
    answerWith(MESSAGE);
    await post(BODY);
    expect(received[0]?.body.equals(Buffer.from(BODY))).toBe(true);
    expect(harness.effect().payload?.request).toMatchObject({
      text: BODY,
      bytes: Buffer.byteLength(BODY),
      sha256: createHash('sha256').update(BODY).digest('hex'),
    });
  });

  it('change at the model’s name alone where the route has another', async () => {
    answerWith(MESSAGE);
    await post(BODY.replace('claude-x', 'alias-1'));
    expect(received[0]?.body.toString()).toBe(BODY.replace('"claude-x"', '"claude-\\"real\\""'));
    expect(harness.effect()).toMatchObject({
      requested_model: 'alias-1',
      served_model: 'claude-haiku-4-5',
      route: 'alias',
    });
  });

  it('go with the protocol’s headers, the route’s key, the beta flag, and nothing of the client', async () => {
    harness.secrets.set('upstream_key', 'sk-upstream-value');
    answerWith(MESSAGE);
    await post(BODY.replace('claude-x', 'keyed'), {
      path: '/v1/messages?beta=true&api_key=stray',
      headers: {
        authorization: 'Bearer client-credential',
        'x-api-key': 'client-credential',
        cookie: 'a=b',
        'x-user-id': 'me',
        'anthropic-beta': 'context-1m, novel-2027',
        'x-claude-code-session-id': 's1',
        'x-claude-code-agent-id': 'agent-7',
      },
    });
    expect(received[0]?.url).toBe('/v1/messages?beta=true');
    const headers = received[0]?.headers ?? {};
    expect(headers['x-api-key']).toBe('sk-upstream-value');
    expect(headers['anthropic-beta']).toBe('context-1m, novel-2027');
    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'accept-encoding',
      'anthropic-beta',
      'anthropic-version',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
      'x-api-key',
    ]);
    expect(harness.calls[0]?.agent).toEqual({ id: 'agent-7', scope: null });
    expect(JSON.stringify(harness.records)).not.toMatch(/client-credential|sk-upstream-value/);
  });
});

describe('the bytes of an answer', () => {
  it('come back as they were, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200_000 }),
        fc.constantFrom('application/json', 'text/event-stream', 'text/html', 'application/octet-stream'),
        fc.constantFrom(200, 400, 404, 500, 529),
        fc.array(fc.nat(200_000), { maxLength: 6 }),
        async (content, contentType, status, cuts) => {
          const bytes = Buffer.from(content);
          answer = (response) => {
            response.writeHead(status, { 'content-type': contentType });
            let start = 0;
            for (const end of [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]) {
              response.write(bytes.subarray(start, Math.max(start, end)));
              start = Math.max(start, end);
            }
            response.end();
          };
          const result = await post(BODY);
          expect([result.status, result.headers['content-type']]).toEqual([status, contentType]);
          // A stream without its end gets an error event behind it; every byte of its own comes first.
          expect(result.body.subarray(0, bytes.length).equals(bytes)).toBe(true);
          const hasTail = contentType === 'text/event-stream' && status === 200;
          expect(result.body.length > bytes.length).toBe(hasTail);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keep their length and encoding, and are read along all the same', async () => {
    const bytes = gzipSync(MESSAGE);
    answerWith(bytes, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-length': String(bytes.length),
    });
    const result = await post(BODY);
    expect(result.body.equals(bytes)).toBe(true);
    expect(result.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(bytes.length) });
    expect(harness.effect()).toMatchObject({ input_tokens: 1_000, output_tokens: 10, cost_microdollars: 1_050 });
    expect(harness.effect().payload?.response).toMatchObject({ text: MESSAGE, bytes: bytes.length });
  });

  it('are seen to the end only after the outcome is recorded', async () => {
    harness.beforeAppend = async () => {
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    };
    const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    for (let turn = 1; turn <= 10; turn++) {
      if (turn % 2 === 0)
        answerWith(MESSAGE, { 'content-type': 'application/json', 'content-length': `${MESSAGE.length}` });
      else answerWith(stop, { 'content-type': 'text/event-stream' });
      await post(BODY);
      expect(harness.outcomes()).toHaveLength(turn);
    }
  });
});

describe('an upstream that fails', () => {
  it('is named when it is not there', async () => {
    const result = await post(BODY.replace('claude-x', 'dead'));
    expect([result.status, jsonOf(result).error]).toEqual([
      502,
      { type: 'api_error', message: 'http://127.0.0.1:1 refused the connection' },
    ]);
    expect(harness.outcomes()).toMatchObject([
      { status: 'failed', error: 'http://127.0.0.1:1 refused the connection' },
    ]);
    expect(harness.effect()).toMatchObject({ http_status: 502, served_model: null });
  });

  it('does not lead anyone elsewhere', async () => {
    answerWith('', { location: 'https://elsewhere.example/' }, 307);
    const result = await post(BODY);
    expect([result.status, result.headers.location]).toEqual([502, undefined]);
    expect(harness.effect().http_status).toBe(502);
  });

  it('leaves a cut connection where a length was announced', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000000' });
      response.write(Buffer.alloc(300_000, 32));
      setImmediate(() => response.write(Buffer.alloc(300_000, 32), () => response.destroy()));
    };
    const result = await post(BODY).catch((error: Error) => error);
    expect(result instanceof Error || !result.isWhole || result.status === 502).toBe(true);
    expect(harness.outcomes()).toMatchObject([{ status: 'failed' }]);
  });

  it('makes a cut stream an error, and half an event nothing', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const start = {
        type: 'message_start',
        message: { model: 'claude-haiku-4-5', usage: { input_tokens: 40, output_tokens: 1 } },
      };
      response.write(
        `event: message_start\ndata: ${JSON.stringify(start)}\n\nevent: content_block_delta\ndata: {"type":"con`,
      );
      setImmediate(() => response.destroy());
    };
    const text = (await post(BODY)).body.toString();
    expect(text).toContain(
      '{"type":"con\nevent: ping\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error"',
    );
    expect(text.endsWith('\n\n')).toBe(true);
    expect(harness.effect()).toMatchObject({ http_status: 200, input_tokens: 40, cost_microdollars: 45 });
  });
});

describe('what cannot be sent', () => {
  const rows: readonly [string, string, number, string, RegExp][] = [
    [
      'a model that no route serves',
      'nobody',
      404,
      'not_found_error',
      /no route serves it; choose one of GET \/v1\/models/,
    ],
    [
      'what a strict route would lose in conversion',
      'gpt-5',
      400,
      'invalid_request_error',
      /novel: cannot be carried over to openai, which speaks openai-chat; .*conversion: lossy on the route strict/,
    ],
    ['a model without a price where one is required', 'unpriced', 400, 'invalid_request_error', /has no known price/],
    [
      'a route whose secret is missing',
      'keyed',
      503,
      'overloaded_error',
      /"upstream_key".*systemprompt admin config secret set upstream_key/,
    ],
  ];
  for (const [name, model, status, type, message] of rows) {
    it(`${name} is refused in words, and recorded`, async () => {
      const result = await post(BODY.replace('claude-x', model));
      expect([result.status, jsonOf(result).error.type]).toEqual([status, type]);
      expect(jsonOf(result).error.message).toMatch(message);
      expect(harness.decisions()).toHaveLength(1);
      expect(harness.outcomes()).toMatchObject([{ status: 'failed' }]);
      expect(harness.effect()).toMatchObject({ http_status: status, requested_model: model });
      expect(received).toEqual([]);
    });
  }

  it('a body that is no request reaches neither a decision nor an upstream', async () => {
    for (const body of [
      '',
      '{',
      '[]',
      '{"model":"claude-x"}',
      '{"model":"claude-x","model":"y","messages":[{}]}',
      Buffer.from([0xff]),
    ]) {
      expect((await post(body)).status).toBe(400);
    }
    expect([harness.records, received]).toEqual([[], []]);
  });
});
