/** How upstreams and caches are doing, as an administrator and a scraper see it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseTrustedJson } from '#foundation/json';
import { startTestApp, type TestApp } from '#tests/support/app';

const NOBODY = 'http://127.0.0.1:9';

let test: TestApp;
let user: string;

beforeAll(async () => {
  test = await startTestApp({
    profile: {
      gateway: {
        routes: [
          { model_pattern: 'lost', provider: 'anthropic', endpoint: NOBODY, allow_unpriced: true },
          { model_pattern: 'kept', provider: 'mock', upstream_model: 'claude-haiku-4-5', cache: {} },
        ],
        circuit_breaker: { failures: 1, open_ms: 60_000 },
      },
    },
  });
  user = await test.pat('user');
});

afterAll(() => test.dispose());

async function ask(model: string): Promise<number> {
  const body = JSON.stringify({ model, max_tokens: 16, messages: [{ role: 'user', content: 'hello' }] });
  const headers = { authorization: `Bearer ${user}`, 'content-type': 'application/json' };
  return (await fetch(`${test.baseUrl}/v1/messages`, { method: 'POST', headers, body })).status;
}

it('tells of an upstream that is left alone, and of answers given a second time', async () => {
  expect(await ask('lost')).toBeGreaterThanOrEqual(500);
  for (let time = 0; time < 3; time++) expect(await ask('kept')).toBe(200);

  const headers = { authorization: `Bearer ${await test.pat('admin')}` };
  const status = await fetch(`${test.baseUrl}/api/v1/admin/models`, { headers });
  expect(parseTrustedJson(await status.text())).toMatchObject({
    enabled: true,
    requests_in_flight: 0,
    upstreams: [
      {
        provider: 'anthropic',
        endpoint: NOBODY,
        state: 'open',
        failures_in_a_row: 1,
        retry_after_ms: expect.any(Number),
      },
      { provider: 'mock', state: 'closed', failures_in_a_row: 0, requests_in_flight: 0, retry_after_ms: null },
    ],
    response_cache: { entries: 1, bytes: expect.any(Number), hits: 2, misses: 1 },
  });

  const metrics = await (await fetch(`${test.baseUrl}/metrics`, { headers })).text();
  expect(metrics).toContain(`systemprompt_upstream_available{provider="anthropic",endpoint="${NOBODY}"} 0`);
  expect(metrics).toMatch(/systemprompt_upstream_available\{provider="mock",endpoint="[^"]*"\} 1/);
  expect(metrics).toContain('systemprompt_response_cache_hits_total 2');
  expect(metrics).toContain('systemprompt_response_cache_misses_total 1');
  expect(metrics).toMatch(/systemprompt_response_cache_bytes [1-9]/);
});

it('tells neither to an ordinary user', async () => {
  const headers = { authorization: `Bearer ${user}` };
  expect((await fetch(`${test.baseUrl}/api/v1/admin/models`, { headers })).status).toBe(403);
});
