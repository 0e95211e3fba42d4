import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import type { RateLimitConfig } from '#governance/limits/config';
import { rateLimitConfigSchema } from '#governance/limits/config';
import { createMemoryLimitStore } from '#governance/limits/memory-limit-store';
import { createRateLimiter } from '#governance/limits/rate-limiter';
import { callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import type { Call } from '../call.ts';
import type { Check } from '../check.ts';
import { createPipeline } from '../pipeline.ts';
import { createRateLimitCheck } from './rate-limit.ts';

proves('rate.multipliers');

async function checkWith(config: () => RateLimitConfig, clock = createManualClock()) {
  const store = createMemoryLimitStore(clock);
  const limiter = createRateLimiter({ store, clock, config, processId: 'process-1', logger: silentLogger });
  await limiter.start();
  return createRateLimitCheck(limiter);
}

function passes(check: Check, call: Call, times: number): number {
  let passed = 0;
  for (let index = 0; index < times; index++) if (check.judge(call).result === 'pass') passed++;
  return passed;
}

describe('rate limit', () => {
  it.each([
    ['admin', 3_000],
    ['user', 300],
    ['service', 1_500],
    ['a2a', 1_500],
    ['mcp', 1_500],
    ['anonymous', 150],
  ] as const)('lets a session of role %s make %i calls a minute', async (role, expected) => {
    const config = rateLimitConfigSchema.parse({});
    const check = await checkWith(() => config);
    expect(passes(check, callOf({ role }), expected + 10)).toBe(expected);
  });

  it('gives a new session id no new budget above the ceiling of its principal', async () => {
    const config = rateLimitConfigSchema.parse({ requests_per_window: 10, principal_multiplier: 2.5 });
    const check = await checkWith(() => config);
    const passed = [1, 2, 3, 4].map((number) => passes(check, callOf({ sessionId: `session-${number}` }), 12));
    expect(passed).toEqual([10, 10, 5, 0]);
    expect(check.judge(callOf({ sessionId: 'session-5' }))).toMatchObject({ result: 'deny', rule: 'principal-limit' });
    expect(passes(check, callOf({ userId: 'user-2', sessionId: 'session-1' }), 12)).toBe(10);
  });

  it('says how long to wait, in words and in milliseconds', async () => {
    const clock = createManualClock();
    const config = rateLimitConfigSchema.parse({ requests_per_window: 1 });
    const check = await checkWith(() => config, clock);
    check.judge(callOf());
    clock.advance(1_500);
    expect(check.judge(callOf())).toMatchObject({
      result: 'deny',
      rule: 'session-limit',
      retryAfterMs: 58_500,
      reason: expect.stringContaining('try again in 59 s'),
    });
  });

  it('does not charge a call that an earlier check denied', async () => {
    const config = rateLimitConfigSchema.parse({ requests_per_window: 1 });
    const check = await checkWith(() => config);
    let isDenied = true;
    const earlier: Check = {
      id: 'earlier',
      appliesTo: ['tool_call'],
      budgetMicros: 1_000,
      judge: () => (isDenied ? { result: 'deny', detail: 'no', reason: 'no' } : { result: 'pass', detail: 'yes' }),
    };
    const pipeline = createPipeline(() => [earlier, check], createManualClock());
    for (let index = 0; index < 5; index++) expect(pipeline.decide(callOf()).policy).toBe('earlier');
    isDenied = false;
    expect(pipeline.decide(callOf()).outcome).toBe('allow');
    expect(pipeline.decide(callOf())).toMatchObject({ outcome: 'deny', policy: 'rate_limit', retryAfterMs: 60_000 });
  });

  it('follows a reload at the next call', async () => {
    let config = rateLimitConfigSchema.parse({ requests_per_window: 1 });
    const check = await checkWith(() => config);
    expect(passes(check, callOf(), 3)).toBe(1);
    config = rateLimitConfigSchema.parse({ requests_per_window: 4 });
    expect(passes(check, callOf(), 5)).toBe(3);
    config = rateLimitConfigSchema.parse({ enabled: false });
    expect(passes(check, callOf(), 5)).toBe(5);
  });

  it('allows nothing to a role whose multiplier is 0, and one call where the product is below one', async () => {
    const config = rateLimitConfigSchema.parse({ requests_per_window: 1, role_multipliers: { user: 0 } });
    const check = await checkWith(() => config);
    expect(passes(check, callOf(), 3)).toBe(0);
    expect(passes(check, callOf({ role: 'anonymous' }), 3)).toBe(1);
  });
});
