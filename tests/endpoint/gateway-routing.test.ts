/** Which upstream gets a request, which gets it next, and when none does. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeProvider, SAID, startFakeProvider } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

const PRICED = { pricing: { input_per_million: 1, output_per_million: 1 } };

async function provider(answer?: (response: ServerResponse) => void): Promise<FakeProvider> {
  const fake = await startFakeProvider('anthropic');
  if (answer !== undefined) fake.override = (_request, response) => answer(response);
  open.push(fake);
  return fake;
}

function failing(status: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ type: 'error', error: { type: 'api_error', message: `it is ${status}` } }));
  };
}

async function gateway(route: object, more: object = {}): Promise<GatewayHarness> {
  const started = await startGateway({
    routes: [{ model_pattern: '*', provider: 'anthropic', ...PRICED, ...route }],
    ...more,
  });
  open.push(started);
  return started;
}

async function ask(to: GatewayHarness, body: object = {}) {
  const response = await fetch(`${to.url}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }], ...body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const target = (fake: FakeProvider) => ({ provider: 'anthropic', endpoint: fake.endpoint, ...PRICED });

describe('a route with a fallback', () => {
  it.each([429, 500, 502, 503, 529])('goes on to it when the first upstream answers %i', async (status) => {
    const [first, second] = [await provider(failing(status)), await provider()];
    const to = await gateway({ endpoint: first.endpoint, fallbacks: [target(second)] });
    const answer = await ask(to);
    expect([answer.status, first.received.length, second.received.length]).toEqual([200, 1, 1]);
    expect(answer.text).toContain(SAID.text);
    expect(to.effect().details.failed_attempts).toEqual([
      { provider: 'anthropic', model: 'm', status, error: `the upstream anthropic answered ${status}` },
    ]);
  });

  it('goes on when the first upstream cannot be reached, or closes before it said anything', async () => {
    const second = await provider();
    const silent = await provider((response) => response.destroy());
    const halfway = await provider((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      response.destroy();
    });
    for (const endpoint of ['http://127.0.0.1:1/v1', silent.endpoint, halfway.endpoint]) {
      const to = await gateway({ endpoint, fallbacks: [target(second)] });
      const answer = await ask(to, { stream: true });
      expect([answer.status, answer.text.includes('message_stop')]).toEqual([200, true]);
    }
  });

  it('goes on when the stream of the first upstream begins with an error', async () => {
    const first = await provider((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n');
    });
    const second = await provider();
    const to = await gateway({ endpoint: first.endpoint, fallbacks: [target(second)] });
    expect((await ask(to, { stream: true })).text).toContain('message_stop');
  });

  it('stays with an upstream that has begun to answer, and tells the client that it broke off', async () => {
    const first = await provider((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const start = { type: 'message_start', message: { id: 'x', usage: { input_tokens: 1, output_tokens: 1 } } };
      response.write(`event: message_start\ndata: ${JSON.stringify(start)}\n\n`, () => response.destroy());
    });
    const second = await provider();
    const to = await gateway({ endpoint: first.endpoint, fallbacks: [target(second)] });
    const answer = await ask(to, { stream: true });
    expect(answer.text).toMatch(/event: error/);
    expect(answer.text).not.toContain('message_stop');
    expect(second.received).toHaveLength(0);
  });

  it.each([400, 401, 403, 404, 413])(
    'does not when the answer is %i, which another would give as well',
    async (status) => {
      const [first, second] = [await provider(failing(status)), await provider()];
      const to = await gateway({ endpoint: first.endpoint, fallbacks: [target(second)] });
      const answer = await ask(to);
      expect([answer.status, second.received.length]).toEqual([status, 0]);
      expect(answer.text).toContain(`it is ${status}`);
    },
  );

  it('gives the client the last upstream’s own answer when all of them fail', async () => {
    const [first, second] = [await provider(failing(500)), await provider(failing(529, { 'retry-after': '7' }))];
    const answer = await ask(await gateway({ endpoint: first.endpoint, fallbacks: [target(second)] }));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([529, '7']);
    expect(answer.text).toContain('it is 529');
  });
});

describe('a route that tries again', () => {
  it('does so at the same upstream as often as it says, and no more', async () => {
    let failures = 2;
    const fake = await provider();
    fake.override = (_request, response) => (failures-- > 0 ? failing(503)(response) : sayHello(response));
    const retry = { attempts_max: 3, backoff_ms: 1 };
    expect((await ask(await gateway({ endpoint: fake.endpoint, retry }))).status).toBe(200);
    expect(fake.received).toHaveLength(3);
    failures = 9;
    expect((await ask(await gateway({ endpoint: fake.endpoint, retry }))).status).toBe(503);
    expect(fake.received).toHaveLength(6);
  });

  it('waits as long as the upstream asks for, and not at all when that is longer than it may', async () => {
    const fake = await provider(failing(429, { 'retry-after': '3600' }));
    const retry = { attempts_max: 5, backoff_ms: 1, wait_ms_max: 1_000 };
    const answer = await ask(await gateway({ endpoint: fake.endpoint, retry }));
    expect([answer.status, fake.received.length]).toEqual([429, 1]);
  });

  it('stops trying when the client goes away', async () => {
    const fake = await provider(failing(503));
    const to = await gateway({
      endpoint: fake.endpoint,
      retry: { attempts_max: 9, backoff_ms: 60_000, wait_ms_max: 60_000 },
    });
    const leaving = new AbortController();
    const asked = fetch(`${to.url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] }),
      signal: leaving.signal,
    }).catch(() => 'left');
    while (fake.received.length === 0) await new Promise(setImmediate);
    leaving.abort();
    expect(await asked).toBe('left');
    await to.recorded(1);
    expect(to.outcomes()[0]).toMatchObject({ status: 'cancelled' });
    expect(fake.received).toHaveLength(1);
  });
});

describe('a circuit breaker', () => {
  it('leaves an upstream alone that keeps failing, and says so in the status', async () => {
    const fake = await provider(failing(500));
    const to = await gateway({ endpoint: fake.endpoint }, { circuit_breaker: { failures: 3, open_ms: 60_000 } });
    for (let request = 0; request < 3; request++) expect((await ask(to)).status).toBe(500);
    const refused = await ask(to);
    expect([refused.status, fake.received.length]).toEqual([503, 3]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(to.gateway.status().upstreams).toEqual([
      expect.objectContaining({ provider: 'anthropic', state: 'open', failuresInARow: 3, inFlight: 0 }),
    ]);
  });

  it('sends the requests to the fallback meanwhile', async () => {
    const [first, second] = [await provider(failing(500)), await provider()];
    const to = await gateway(
      { endpoint: first.endpoint, fallbacks: [target(second)] },
      { circuit_breaker: { failures: 2, open_ms: 60_000 } },
    );
    for (let request = 0; request < 5; request++) expect((await ask(to)).status).toBe(200);
    expect([first.received.length, second.received.length]).toEqual([2, 5]);
  });

  it('does not count what is the client’s own fault', async () => {
    const fake = await provider(failing(400));
    const to = await gateway({ endpoint: fake.endpoint }, { circuit_breaker: { failures: 1 } });
    for (let request = 0; request < 3; request++) expect((await ask(to)).status).toBe(400);
  });
});

describe('a condition of a route', () => {
  const cases: readonly (readonly [object, object])[] = [
    [{ requires_tools: true }, { tools: [{ name: 't', input_schema: { type: 'object' } }] }],
    [{ stream: true }, { stream: true }],
    [{ thinking: true }, { max_tokens: 5_000, thinking: { type: 'enabled', budget_tokens: 2_000 } }],
    [{ min_reasoning_effort: 'high' }, { max_tokens: 90_000, thinking: { type: 'enabled', budget_tokens: 30_000 } }],
    [{ min_input_tokens: 1_000 }, { system: 'word '.repeat(2_000) }],
    [
      { response_format: 'json_schema' },
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    ],
  ];
  it.each(cases)('%j sends those elsewhere of which it holds', async (when, body) => {
    const [special, usual] = [await provider(), await provider()];
    const to = await startGateway({
      routes: [
        { id: 'special', model_pattern: '*', when, ...target(special) },
        { id: 'usual', model_pattern: '*', ...target(usual) },
      ],
    });
    open.push(to);
    await ask(to);
    await ask(to, body);
    expect([usual.received.length, special.received.length]).toEqual([1, 1]);
  });
});

describe('a route that shares its requests', () => {
  it('gives each upstream its share by weight, and none to one of weight 0', async () => {
    const [first, second, third] = [await provider(), await provider(), await provider()];
    const to = await gateway({
      endpoint: first.endpoint,
      weight: 3,
      balance: {
        among: [
          { ...target(second), weight: 1 },
          { ...target(third), weight: 0 },
        ],
      },
    });
    for (let request = 0; request < 80; request++) await ask(to);
    expect(first.received.length + second.received.length).toBe(80);
    expect(first.received.length).toBeGreaterThan(second.received.length);
    expect(second.received.length).toBeGreaterThan(0);
    expect(third.received).toHaveLength(0);
  });

  it('gives the next to the least busy', async () => {
    const waiting: ServerResponse[] = [];
    const busy = await provider((response) => waiting.push(response));
    const idle = await provider((response) => waiting.push(response));
    const to = await gateway({ endpoint: busy.endpoint, balance: { strategy: 'least_busy', among: [target(idle)] } });
    const answers = [ask(to), ask(to), ask(to), ask(to)];
    while (waiting.length < 4) await new Promise(setImmediate);
    expect([busy.received.length, idle.received.length]).toEqual([2, 2]);
    for (const response of waiting) sayHello(response);
    await Promise.all(answers);
  });
});

describe('a model without a price', () => {
  it('is refused, and served with an unknown cost where the route allows it', async () => {
    const fake = await provider();
    const unpriced = { endpoint: fake.endpoint, pricing: undefined, upstream_model: 'nobody-knows-me' };
    const refused = await ask(await gateway(unpriced), { model: 'nobody-knows-me' });
    expect([refused.status, fake.received.length]).toEqual([400, 0]);
    expect(refused.text).toContain('has no known price');
    const counting = await fetch(`${(await gateway(unpriced)).url}/v1/messages/count_tokens`, {
      method: 'POST',
      body: JSON.stringify({ model: 'nobody-knows-me', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(counting.status).toBe(200);
    const to = await gateway({ ...unpriced, allow_unpriced: true });
    expect((await ask(to, { model: 'nobody-knows-me' })).status).toBe(200);
    expect(to.effect()).toMatchObject({ cost_microdollars: null, price_source: null });
  });
});

function sayHello(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: SAID.text }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
}
