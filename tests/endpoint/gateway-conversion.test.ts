/** What happens to a conversation between two dialects: digits, losses, errors, broken and odd upstreams. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FakeProvider, SAID, startFakeProvider } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';

let anthropic: FakeProvider;
let gemini: FakeProvider;
let gateway: GatewayHarness;

beforeAll(async () => {
  anthropic = await startFakeProvider('anthropic');
  gemini = await startFakeProvider('gemini');
  const pricing = { input_per_million: 1, output_per_million: 10 };
  gateway = await startGateway({
    routes: [
      { model_pattern: 'claude-*', provider: 'anthropic', endpoint: anthropic.endpoint, pricing },
      {
        id: 'strict',
        model_pattern: 'strict-*',
        provider: 'gemini',
        endpoint: gemini.endpoint,
        pricing,
        conversion: 'strict',
      },
      { model_pattern: 'gemini-*', provider: 'gemini', endpoint: gemini.endpoint, pricing },
    ],
  });
});

afterAll(async () => {
  await gateway.close();
  await anthropic.close();
  await gemini.close();
});

afterEach(() => {
  gateway.records.length = 0;
  for (const provider of [anthropic, gemini]) {
    provider.received.length = 0;
    provider.override = undefined;
  }
});

async function messages(body: object | string, model = 'gemini-2.5-pro') {
  const whole = {
    model,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hi' }],
    ...(typeof body === 'string' ? {} : body),
  };
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(whole),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const sentText = (provider: FakeProvider) => JSON.stringify(provider.received.at(-1)?.body);

describe('a converted request', () => {
  it('says that nothing was lost, or what was and where it stood', async () => {
    expect((await messages({})).headers.get('x-systemprompt-conversion')).toBe('lossless');
    const lossy = await messages({ container: 'c', metadata: { user_id: 'u' }, service_tier: 'auto' });
    expect(lossy.headers.get('x-systemprompt-conversion')).toMatch(/^lossy; dropped=[^ ]*\bcontainer\b/);
    await gateway.recorded(2);
    const [, effect] = gateway.outcomes().map((outcome) => outcome.effect);
    expect(effect).toMatchObject({ details: { conversion: { dropped: expect.arrayContaining(['container']) } } });
  });

  it('is refused on a strict route by the first place that would be lost, before anything is sent', async () => {
    const refused = await messages({ container: 'c' }, 'strict-1');
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text).error.message).toMatch(/^container: cannot be carried over to gemini/);
    expect(gemini.received).toHaveLength(0);
    expect((await messages({}, 'strict-1')).status).toBe(200);
  });

  it('keeps every digit of numbers that JavaScript cannot hold', async () => {
    const input = '{"id": 12345678901234567890, "ratio": 1.10}';
    const body = `{"model":"gemini-2.5-pro","max_tokens":100,"messages":[
      {"role":"user","content":"hi"},
      {"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"look","input":${input}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"found"}]}]}`;
    expect((await messages(body)).status).toBe(200);
    expect(gemini.received.at(-1)?.text).toContain('12345678901234567890');
    expect(gemini.received.at(-1)?.text).toContain('1.10');
  });

  it('counts tokens by an estimate that it calls one, and asks nobody', async () => {
    const response = await fetch(`${gateway.url}/v1/messages/count_tokens`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'gemini-2.5-pro',
        messages: [{ role: 'user', content: 'word '.repeat(400) }],
        tools: [{ name: 't', description: 'd '.repeat(400), input_schema: { type: 'object' } }],
      }),
    });
    expect(await response.json()).toEqual({ input_tokens: expect.closeTo(730, -2) });
    expect(response.headers.get('x-systemprompt-token-count')).toBe('estimated');
    expect(gemini.received).toHaveLength(0);
  });
});

describe('an upstream of another dialect', () => {
  const errors: readonly (readonly [number, string, string, number, string])[] = [
    [
      400,
      'application/json',
      '{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}',
      400,
      'invalid_request_error',
    ],
    [
      429,
      'application/json',
      '[{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}]',
      429,
      'rate_limit_error',
    ],
    [
      503,
      'application/json',
      '{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}',
      529,
      'overloaded_error',
    ],
    [502, 'text/html', '<html>Bad gateway</html>', 502, 'api_error'],
    [500, 'text/plain', '', 500, 'api_error'],
  ];
  it.each(errors)(
    'that answers %i %s is understood, and told in the client’s own',
    async (status, type, body, told, kind) => {
      gemini.override = (_request, response) => {
        response.writeHead(status, { 'content-type': type, 'retry-after': '3' });
        response.end(body);
      };
      const answer = await messages({});
      expect([answer.status, JSON.parse(answer.text).error.type]).toEqual([told, kind]);
      expect(answer.headers.get('retry-after')).toBe('3');
      await gateway.recorded(1);
      expect(gateway.outcomes()).toMatchObject([{ status: 'failed', effect: { http_status: told } }]);
    },
  );

  it.each(['<html>hello</html>', '[]', '"text"', '{"candidates":7}', '{'])(
    'that answers 200 with %s has not answered',
    async (body) => {
      gemini.override = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(body);
      };
      expect((await messages({})).status).toBe(502);
    },
  );

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('may compress with %s, though it was not asked to', async (encoding, compress) => {
    gemini.override = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      const candidates = [{ content: { role: 'model', parts: [{ text: SAID.text }] }, finishReason: 'STOP' }];
      response.end(compress(Buffer.from(JSON.stringify({ candidates, usageMetadata: { promptTokenCount: 1 } }))));
    };
    const answer = await messages({});
    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, null]);
    expect(answer.text).toContain(SAID.text);
  });

  it('that breaks off in the middle of a stream is told as an error, and nothing looks like an end', async () => {
    gemini.override = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const candidates = [{ content: { role: 'model', parts: [{ text: 'half' }] } }];
      response.write(`data: ${JSON.stringify({ candidates })}\n\n`, () => response.destroy());
    };
    const answer = await messages({ stream: true });
    expect(answer.text).toContain('half');
    expect(answer.text).toMatch(/event: error\n/);
    expect(answer.text).not.toContain('message_stop');
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed' }]);
  });

  it('that was asked for a stream and answers whole is streamed all the same', async () => {
    gemini.override = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const candidates = [{ content: { role: 'model', parts: [{ text: SAID.text }] }, finishReason: 'STOP' }];
      response.end(JSON.stringify({ candidates, usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } }));
    };
    const answer = await messages({ stream: true });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(answer.text).toContain('message_stop');
  });

  it('gives the same stream wherever its bytes are cut', async () => {
    const candidates = (text: string, more: object = {}) => [
      { content: { role: 'model', parts: [{ text }] }, ...more },
    ];
    const wire = Buffer.from(
      [
        `data: ${JSON.stringify({ candidates: candidates('Grüße, ') })}\r\n\r\n`,
        ': keep-alive\n\n',
        `data:${JSON.stringify({ candidates: candidates('世界 🌍', { finishReason: 'STOP' }), usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 } })}\n\n`,
      ].join(''),
    );
    const texts = new Set<string>();
    for (let cut = 1; cut < wire.length; cut += 7) {
      gemini.override = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(wire.subarray(0, cut), () => setImmediate(() => response.end(wire.subarray(cut))));
      };
      const { text } = await messages({ stream: true });
      texts.add(
        [...text.matchAll(/"text":"([^"]*)"/g)].map(([, piece]) => piece).join('') + text.includes('message_stop'),
      );
    }
    expect([...texts]).toEqual(['Grüße, 世界 🌍true']);
  });
});

describe('a conversation that comes back from a converted route', () => {
  it('loses on a native route what no upstream gave, and nothing else', async () => {
    const proof = 'sp1.gemini.hidden..c2VjcmV0';
    const body = {
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: [
            { type: 'redacted_thinking', data: proof },
            { type: 'text', text: 'kept' },
          ],
        },
        { role: 'user', content: 'on' },
      ],
    };
    expect((await messages(body, 'claude-sonnet-4-5')).status).toBe(200);
    expect(anthropic.received.at(-1)?.body.messages).toEqual([
      body.messages[0],
      { role: 'assistant', content: [{ type: 'text', text: 'kept' }] },
      body.messages[2],
    ]);
    expect(sentText(anthropic)).not.toContain('sp1.');
  });
});
