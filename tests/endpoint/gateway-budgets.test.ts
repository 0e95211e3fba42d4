import { createServer, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { listen } from '../support/gateway-harness.ts';
import { type HeldUpstream, startHeldUpstream } from '../support/held-upstream.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { openStream } from '../support/open-stream.ts';
import { proves } from '../support/proves.ts';

proves('budget.reserve-and-settle', 'budget.headers', 'budget.usage');

let test: TestApp;
let held: HeldUpstream | undefined;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await test.dispose();
  await held?.close();
  held = undefined;
  for (const close of closing.splice(0)) await close();
});

/** One dollar for each token, so that 1 + 1 tokens are 2 dollars. */
const PRICING = { input_per_million: 1_000_000, output_per_million: 1_000_000 };

async function begin(budgets: readonly object[], endpoint?: string, more: object = {}): Promise<string> {
  const services = { budgets, ...more };
  if (endpoint === undefined) {
    test = await startTestApp({ services });
  } else {
    const route = { model_pattern: '*', provider: 'anthropic', endpoint, pricing: PRICING };
    test = await startTestApp({ services, profile: { gateway: { enabled: true, routes: [route] } } });
  }
  return test.pat();
}

/** An upstream of which every answer is `answer`. */
async function upstreamThat(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  const url = await listen(server);
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `${url}/v1`;
}

const anthropicLike = { model: 'claude-x', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] };

const DIALECTS = {
  anthropic: { path: '/v1/messages', body: anthropicLike },
  'openai-chat': { path: '/v1/chat/completions', body: anthropicLike },
  'openai-responses': { path: '/v1/responses', body: { model: 'claude-x', max_output_tokens: 5, input: 'hi' } },
  gemini: {
    path: '/v1beta/models/claude-x:generateContent',
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }], generationConfig: { maxOutputTokens: 5 } },
  },
} as const;

function ask(pat: string, dialect: keyof typeof DIALECTS = 'anthropic', more: object = {}): Promise<HttpAnswer> {
  const { path, body } = DIALECTS[dialect];
  return test.send({
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${pat}`, 'content-type': 'application/json' },
    body: { ...body, ...more },
  });
}

async function usedIn(budget: string) {
  const rows = await test.database.query<{ requests: number; microdollars: number; output_tokens: number }>(
    'SELECT requests, microdollars, output_tokens FROM budget_uses WHERE budget_id = $1',
    [budget],
  );
  return rows[0];
}

/** Resolves when what was used has been written down. */
function written(budget: string, microdollars: number): Promise<void> {
  return expect.poll(async () => (await usedIn(budget))?.microdollars, { timeout: 10_000 }).toBe(microdollars);
}

const secondsToMidnight = () => Math.ceil((86_400_000 - (test.clock.nowMs() % 86_400_000)) / 1_000);

describe('a spent budget', () => {
  it.each(Object.keys(DIALECTS) as (keyof typeof DIALECTS)[])('is told in the words of %s', async (dialect) => {
    const pat = await begin([{ id: 'daily', per: 'user', window: 'day', limits: { requests: 1 } }]);
    expect((await ask(pat, dialect)).status).toBe(200);
    const expectedWait = secondsToMidnight();
    const { status, headers, json } = await ask(pat, dialect);
    expect(status).toBe(429);
    expect(headers['x-should-retry']).toBe('false');
    expect(Math.abs(Number(headers['retry-after']) - expectedWait)).toBeLessThanOrEqual(2);
    const error = json.error;
    expect(error.message).toMatch(/^the budget daily of 1 requests a day for each user has no room/);
    const word = {
      anthropic: error.type,
      'openai-chat': error.type,
      'openai-responses': error.code,
      gemini: error.status,
    };
    const words = {
      anthropic: 'billing_error',
      'openai-chat': 'insufficient_quota',
      'openai-responses': 'insufficient_quota',
      // Its clients would repeat RESOURCE_EXHAUSTED.
      gemini: 'FAILED_PRECONDITION',
    };
    expect(word[dialect]).toBe(words[dialect]);
    expect(test.upstream.arrived).toHaveLength(1);
    const [decision] = (await test.decisions()).filter((row) => row.decision === 'deny');
    expect(decision).toMatchObject({ policy: 'budget', call_kind: 'model_request' });
  });

  it('carries the limit headers that make clients show its words', async () => {
    const pat = await begin([{ id: 'daily', window: 'day', limits: { requests: 1 } }]);
    await ask(pat);
    const { headers } = await ask(pat);
    const nowSeconds = Math.floor(test.clock.nowMs() / 1_000);
    expect(Number(headers['anthropic-ratelimit-unified-reset'])).toBe(
      Number(headers['anthropic-ratelimit-unified-overage-reset']),
    );
    expect(Number(headers['anthropic-ratelimit-unified-reset'])).toBeGreaterThan(nowSeconds);
    expect(headers).toMatchObject({
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-overage-utilization': '1',
      'anthropic-ratelimit-unified-overage-surpassed-threshold': '1',
      'anthropic-ratelimit-unified-overage-period': 'daily',
      'anthropic-ratelimit-unified-overage-disabled-reason': 'org_spend_cap_reached',
    });
    expect(headers).not.toHaveProperty('anthropic-ratelimit-unified-representative-claim');
    expect(headers).not.toHaveProperty('anthropic-ratelimit-unified-overage-status');
  });

  it('stops neither counting tokens nor lists of models', async () => {
    const pat = await begin([{ id: 'none', limits: { requests: 0 } }]);
    expect((await ask(pat)).status).toBe(429);
    const headers = { authorization: `Bearer ${pat}` };
    const counting = await test.send({
      method: 'POST',
      path: '/v1/messages/count_tokens',
      headers,
      body: anthropicLike,
    });
    expect(counting.status).toBe(200);
    expect((await test.send({ path: '/v1/models', headers })).status).toBe(200);
  });

  it('has room again when its window is over', async () => {
    const pat = await begin([{ id: 'daily', window: 'day', limits: { requests: 1 } }]);
    await ask(pat);
    const { headers } = await ask(pat);
    test.clock.advance(Number(headers['retry-after']) * 1_000);
    expect((await ask(await test.pat())).status).toBe(200);
  });

  it('is not passed by requests at once, and those that find no room cost nothing', async () => {
    const pat = await begin([{ id: 'daily', window: 'day', limits: { requests: 7 } }]);
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(pat)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(33);
    expect(test.upstream.arrived).toHaveLength(7);
  });

  it('is charged nothing by requests that the rate limit denies', async () => {
    const rate = { id: 'rate_limit', requests_per_window: 1, principal_multiplier: 1 };
    const pat = await begin([{ id: 'daily', window: 'day', limits: { requests: 3 } }], undefined, {
      governance: { policies: [rate] },
    });
    const statuses = [];
    for (let index = 0; index < 6; index++) statuses.push((await ask(pat)).json.error?.type ?? 'answered');
    expect(statuses).toEqual(['answered', ...Array.from({ length: 5 }, () => 'rate_limit_error')]);
    await expect.poll(async () => (await usedIn('daily'))?.requests, { timeout: 10_000 }).toBe(1);
  });
});

describe('what a request used', () => {
  const MESSAGE = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [{ type: 'text', text: 'hi' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };

  it('replaces what was reserved for it', async () => {
    const endpoint = await upstreamThat((response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(MESSAGE));
    });
    // Each reserves the input that is estimated and 5 tokens of output, and uses 2 dollars.
    const pat = await begin([{ id: 'money', window: 'day', limits: { cost_dollars: 40 } }], endpoint);
    for (let index = 0; index < 3; index++) expect((await ask(pat)).status).toBe(200);
    await written('money', 6_000_000);
    expect(await usedIn('money')).toMatchObject({ requests: 3, output_tokens: 3 });
  });

  it('is a request and nothing more where the upstream refused it', async () => {
    const endpoint = await upstreamThat((response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
    });
    const pat = await begin([{ id: 'money', window: 'day', limits: { cost_dollars: 40 } }], endpoint);
    for (let index = 0; index < 4; index++) expect((await ask(pat)).status).toBe(400);
    await written('money', 0);
    await expect.poll(async () => (await usedIn('money'))?.requests).toBe(4);
  });

  it('is settled when a stream ends, and when its client leaves before', async () => {
    held = await startHeldUpstream();
    const pat = await begin([{ id: 'money', window: 'day', limits: { cost_dollars: 1_000 } }], held.endpoint);
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${pat}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...anthropicLike, stream: true }),
    };
    const leaving = await openStream(`${test.baseUrl}/v1/messages`, init);
    await leaving.until('message_start');
    leaving.leave();
    await expect.poll(async () => (await usedIn('money'))?.requests, { timeout: 10_000 }).toBe(1);
    const ending = await openStream(`${test.baseUrl}/v1/messages`, init);
    await ending.until('message_start');
    held.release();
    await ending.rest();
    await expect.poll(async () => (await usedIn('money'))?.requests, { timeout: 10_000 }).toBe(2);
    await test.app.budgets.stop();
    const holds = await test.database.query('SELECT FROM budget_holds');
    expect(holds).toEqual([]);
  });
});

describe('an answer', () => {
  it('tells how the caller stands, and warns when a threshold is passed, once in an event', async () => {
    const pat = await begin([{ id: 'team', window: 'day', limits: { requests: 6 }, warn_at: [0.8] }]);
    const answers = [];
    for (let index = 0; index < 6; index++) answers.push(await ask(pat));
    const told = answers.map(({ headers }) => [
      headers['anthropic-ratelimit-unified-status'],
      headers['anthropic-ratelimit-unified-overage-utilization'],
      headers['x-systemprompt-budget-warning'],
    ]);
    expect(told).toEqual([
      ['allowed', '0.16', undefined],
      ['allowed', '0.33', undefined],
      ['allowed', '0.50', undefined],
      ['allowed', '0.66', undefined],
      ['allowed_warning', '0.83', 'id=team; used=0.83'],
      ['allowed_warning', '0.99', 'id=team; used=1.00'],
    ]);
    expect(answers[5]?.headers).toMatchObject({
      'anthropic-ratelimit-unified-representative-claim': 'overage',
      'anthropic-ratelimit-unified-overage-status': 'allowed_warning',
      'anthropic-ratelimit-unified-overage-surpassed-threshold': '0.95',
    });
    await test.decisions();
    const events = await test.database.query<{ payload: { budget: string; threshold: number } }>(
      "SELECT payload FROM plugin_usage_events WHERE hook_event_name = 'BudgetThreshold' ORDER BY seq",
    );
    expect(events.map(({ payload }) => [payload.budget, payload.threshold])).toEqual([
      ['team', 0.8],
      ['team', 1],
    ]);
  });

  it('tells nothing to a caller who counts in no budget', async () => {
    const pat = await begin([{ id: 'admins', match: { roles: ['admin'] }, limits: { requests: 0 } }]);
    const { status, headers } = await ask(pat);
    expect(status).toBe(200);
    expect(Object.keys(headers).filter((name) => /ratelimit|budget/.test(name))).toEqual([]);
  });
});

describe('GET /api/oauth/usage', () => {
  const usage = async (pat: string) =>
    (await test.send({ path: '/api/oauth/usage', headers: { authorization: `Bearer ${pat}` } })).json;

  it('is nulls for a caller without a budget', async () => {
    const pat = await begin([]);
    expect(await usage(pat)).toEqual({
      extra_usage: { is_enabled: false, monthly_limit: null, used_credits: null, utilization: null, currency: null },
      limits: [],
    });
  });

  it('has cents, whole percents and the reset of the headers', async () => {
    const pat = await begin([
      { id: 'money', per: 'user', window: 'month', limits: { cost_dollars: 12.5 }, unpriced: 'allow' },
      { id: 'count', per: 'user', window: 'day', limits: { requests: 3 } },
      { id: 'by-model', per: 'model', limits: { requests: 3 } },
    ]);
    const { headers } = await ask(pat);
    const answer = await usage(pat);
    expect(answer.extra_usage).toEqual({
      is_enabled: true,
      monthly_limit: 1_250,
      used_credits: 0,
      utilization: 0,
      currency: 'USD',
    });
    expect(answer.limits.map((limit: { id: string; utilization: number }) => [limit.id, limit.utilization])).toEqual([
      ['money', 0],
      ['count', 33],
    ]);
    const reset = Number(headers['anthropic-ratelimit-unified-reset']) * 1_000;
    expect(Date.parse(answer.limits[1].resets_at)).toBe(reset);
    expect(await usage(await test.pat('admin'))).toMatchObject({ limits: [{ utilization: 0 }, { utilization: 0 }] });
  });
});
