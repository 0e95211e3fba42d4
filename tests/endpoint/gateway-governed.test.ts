import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '#governance/policy/check';
import type { Verdict } from '#governance/policy/decision';
import { type GatewayHarness, listen, startGateway } from '../support/gateway-harness.ts';

let harness: GatewayHarness;

beforeEach(async () => {
  harness = await startGateway();
});

afterEach(() => harness.close());

function check(id: string, judge: Check['judge']): Check {
  return { id, appliesTo: ['model_request'], budgetMicros: 1_000_000, judge };
}

const deny = (more: Partial<Extract<Verdict, { result: 'deny' | 'ask' }>> = {}): Verdict => ({
  result: 'deny',
  detail: 'found',
  reason: 'a credential stands in messages[0]; take it out',
  ...more,
});

async function ask(body: object = {}, path = '/v1/messages') {
  const response = await fetch(`${harness.url}${path}`, {
    method: 'POST',
    body: JSON.stringify({
      model: 'claude-x',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hello' }],
      ...body,
    }),
  });
  const answer = (await response.json()) as { error?: { type: string; message: string }; content?: unknown };
  return { status: response.status, headers: response.headers, answer };
}

const arrived = () => harness.mock.stats().messages + harness.mock.stats().count_tokens;

describe('a denied model request', () => {
  it('never reaches the upstream, and has a decision and no outcome', async () => {
    harness.checks = [check('secret_scan', () => deny())];
    for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
      const { status, answer } = await ask({}, path);
      expect([status, answer.error]).toEqual([
        400,
        {
          type: 'invalid_request_error',
          details: { error_code: 'secret_scan' },
          message: 'blocked by policy secret_scan: a credential stands in messages[0]; take it out',
        },
      ]);
    }
    expect(arrived()).toBe(0);
    expect(harness.decisions().map(({ decision, policy }) => [decision, policy])).toEqual([
      ['deny', 'secret_scan'],
      ['deny', 'secret_scan'],
    ]);
    expect(harness.outcomes()).toEqual([]);
  });

  it('is told the exact wait of a limit', async () => {
    harness.checks = [check('rate_limit', () => deny({ retryAfterMs: 12_001, reason: 'too many' }))];
    const { status, headers, answer } = await ask();
    expect([status, headers.get('retry-after'), answer.error?.type]).toEqual([429, '13', 'rate_limit_error']);
    harness.checks = [check('rate_limit', () => deny({ retryAfterMs: 1, reason: 'too many' }))];
    expect((await ask()).headers.get('retry-after')).toBe('1');
  });

  it('is told of a spent budget in a way that clients do not retry', async () => {
    harness.checks = [check('budget', () => deny({ retryAfterMs: 60_000, reason: 'spent' }))];
    const { status, headers, answer } = await ask();
    expect([status, headers.get('x-should-retry'), answer.error?.type]).toEqual([429, 'false', 'billing_error']);
  });

  it('stays denied where only a person could allow it', async () => {
    harness.checks = [check('tool_blocklist', () => deny({ result: 'ask' }))];
    const { status, answer } = await ask();
    expect(status).toBe(400);
    expect(answer.error?.message).toMatch(/^blocked by policy tool_blocklist: this needs a person's approval/);
    expect(arrived()).toBe(0);
  });

  it('is denied too when a check throws', async () => {
    harness.checks = [
      check('secret_scan', () => {
        throw new Error('planted');
      }),
    ];
    expect((await ask()).status).toBe(400);
    expect(arrived()).toBe(0);
  });

  it('gets 503 and no effect while nothing can be recorded', async () => {
    harness.isJournalBroken = true;
    const { status, answer } = await ask();
    expect([status, answer.error?.message]).toEqual([503, 'the audit journal cannot be written']);
    expect(arrived()).toBe(0);
  });
});

describe('a decision', () => {
  it('is recorded before the upstream is asked, and the outcome after', async () => {
    const seen: string[] = [];
    harness.checks = [
      check('probe', () => {
        seen.push(`judged with ${arrived()} arrived and ${harness.records.length} recorded`);
        return { result: 'pass', detail: '' };
      }),
    ];
    await ask();
    expect(seen).toEqual(['judged with 0 arrived and 0 recorded']);
    expect(harness.records.map((record) => record.kind)).toEqual(['decision', 'outcome']);
    const [decision] = harness.decisions();
    expect(harness.outcomes()[0]?.decision_id).toBe('log-1');
    expect(decision?.evaluated_rules.request_id).toBe(harness.outcomes()[0]?.request_id);
  });

  it('may want a part replaced, and that part never leaves', async () => {
    const key = 'sk-planted-value';
    harness.checks = [
      check('secret_scan', () => ({
        result: 'redact',
        detail: 'found',
        redactions: [
          { path: ['messages', 0, 'content'], span: { start: 7, end: 7 + key.length }, label: '[redacted]' },
        ],
      })),
    ];
    const { answer } = await ask({ messages: [{ role: 'user', content: `use it ${key} now` }], max_tokens: 100 });
    expect(answer.content).toEqual([{ type: 'text', text: 'Mock answer to: use it [redacted] now' }]);
    expect(JSON.stringify(harness.records)).not.toContain(key);
  });

  it('lets nothing through whose redaction is impossible', async () => {
    harness.checks = [
      check('secret_scan', () => ({
        result: 'redact',
        detail: 'found',
        redactions: [{ path: ['nowhere'], span: 'whole', label: 'x' }],
      })),
    ];
    expect((await ask()).status).toBe(400);
    expect(arrived()).toBe(0);
    expect(harness.outcomes()).toMatchObject([{ status: 'failed' }]);
  });

  it('has no effect for a client that left while it was recorded', async () => {
    const left = Promise.withResolvers<void>();
    const client = new AbortController();
    harness.beforeAppend = async (record) => {
      if (record.kind !== 'decision') return;
      client.abort();
      await left.promise;
    };
    const body = JSON.stringify({ model: 'claude-x', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] });
    await fetch(`${harness.url}/v1/messages`, { method: 'POST', body, signal: client.signal }).catch(() => {});
    await harness.clientLeft();
    left.resolve();
    await harness.recorded(1);
    expect(harness.outcomes()).toMatchObject([{ status: 'cancelled' }]);
    expect(harness.effect().http_status).toBe(499);
    expect(arrived()).toBe(0);
  });

  it('has exactly one outcome for each of many that end in every way at once', async () => {
    const prompts = ['hello', 'mock-error-500', 'mock-html', 'mock-cut', 'mock-words-100', 'use a tool'];
    const requests = Array.from({ length: 120 }, (_, index) => {
      const content = prompts[index % prompts.length];
      const stream = index % 2 === 0;
      const leaves = index % 5 === 0;
      const body = JSON.stringify({
        model: 'claude-x',
        max_tokens: 1_000,
        stream,
        messages: [{ role: 'user', content }],
      });
      return fetch(`${harness.url}/v1/messages`, {
        method: 'POST',
        body,
        ...(leaves ? { signal: AbortSignal.timeout(1) } : {}),
      })
        .then((response) => response.text())
        .catch(() => 'gone');
    });
    await Promise.all(requests);
    const allowed = harness.decisions().length;
    await harness.recorded(allowed);
    await new Promise(setImmediate);
    const closed = harness.outcomes().map((outcome) => outcome.decision_id);
    expect(closed).toHaveLength(allowed);
    expect(new Set(closed).size).toBe(allowed);
  });
});

describe('a slow client', () => {
  it('holds the upstream back instead of filling memory', async () => {
    const total = 64 * 1_048_576;
    let written = 0;
    const upstream = createServer(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = Buffer.from(`event: ping\ndata: ${'x'.repeat(65_500)}\n\n`);
      while (written < total && !response.destroyed) {
        written += chunk.length;
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
    });
    const endpoint = await listen(upstream);
    const slow = await startGateway({
      routes: [{ model_pattern: '*', provider: 'anthropic', endpoint, allow_unpriced: true }],
    });
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = httpRequest(`${slow.url}/v1/messages`, { method: 'POST' }, resolve);
        request.on('error', reject);
        request.end('{"model":"m","messages":[{"role":"user","content":"x"}]}');
      });
      response.pause();
      // Everything on the way is full when nothing moves any more.
      let before = -1;
      for (let still = 0; still < 300; ) {
        still = written === before ? still + 1 : 0;
        before = written;
        await new Promise(setImmediate);
      }
      expect(written).toBeLessThan(total / 2);
      let bytes = 0;
      for await (const chunk of response) bytes += (chunk as Buffer).length;
      expect(bytes).toBeGreaterThanOrEqual(total);
      expect(slow.outcomes()).toMatchObject([{ status: 'completed' }]);
    } finally {
      await slow.close();
      upstream.closeAllConnections();
      upstream.close();
    }
  });
});
