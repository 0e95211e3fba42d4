import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import type { ModelRequestEffect } from '#governance/audit/record';
import type { Call, ModelUse } from '#governance/policy/call';
import { type CallSketch, callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import type { BudgetStore } from './budget-store.ts';
import { type Budgets, createBudgets, type ThresholdPassed } from './budgets.ts';
import { type BudgetConfig, budgetsConfigSchema } from './config.ts';
import { createMemoryBudgetStore } from './memory-budget-store.ts';

const MIDNIGHT = Date.parse('2026-05-06T00:00:00Z');

const USE: ModelUse = {
  route: 'route-1',
  provider: 'anthropic',
  upstreamModel: 'claude-x-1',
  inputTokens: 100,
  outputTokensMax: 1_000,
  costNanodollarsMax: 50_000_000n,
};

function modelCall(use: Partial<ModelUse> = {}, sketch: CallSketch = {}): Call {
  return { ...callOf({ kind: 'model_request', toolName: 'claude-x', ...sketch }), model: { ...USE, ...use } };
}

type OutcomeSketch = Partial<Pick<ModelRequestEffect, 'http_status' | 'input_tokens' | 'output_tokens'>> & {
  readonly cost?: number | null;
};

function answered({ cost = 1_000, ...fields }: OutcomeSketch = {}): { readonly effect: ModelRequestEffect } {
  return {
    effect: {
      type: 'model_request',
      provider: 'anthropic',
      requested_model: 'claude-x',
      served_model: 'claude-x-1',
      route: 'route-1',
      upstream_request_id: null,
      http_status: 200,
      is_streaming: false,
      ttft_ms: null,
      input_tokens: 10,
      output_tokens: 20,
      cache_read_tokens: null,
      cache_write_5m_tokens: null,
      cache_write_1h_tokens: null,
      reasoning_tokens: null,
      cost_microdollars: cost,
      price_source: null,
      stop_reason: null,
      details: { operation: 'generate', client_dialect: 'anthropic' },
      messages: [],
      tool_calls: [],
      payload: null,
      ...fields,
    },
  };
}

async function world(config: unknown, store: BudgetStore = createMemoryBudgetStore(), processId = 'process-1') {
  const clock = createManualClock(MIDNIGHT + 3_600_000);
  const told: ThresholdPassed[] = [];
  const setting = { budgets: budgetsConfigSchema.parse(config) as readonly BudgetConfig[] };
  const make = (id: string) =>
    createBudgets({
      store,
      clock,
      config: () => setting.budgets,
      processId: id,
      logger: silentLogger,
      onThreshold: (passed) => told.push(passed),
    });
  const budgets = make(processId);
  await budgets.start();
  return { clock, budgets, setting, told, store, make };
}

async function ask(budgets: Budgets, call: Call) {
  await budgets.prepare(call);
  return budgets.take(call);
}

async function used(budgets: Budgets, count: number, cost = 1_000): Promise<number> {
  let passed = 0;
  for (let index = 0; index < count; index++) {
    const call = modelCall();
    if (!(await ask(budgets, call)).allowed) continue;
    passed++;
    budgets.settle(call, answered({ cost }));
  }
  return passed;
}

describe('budgets', () => {
  it('let through exactly the requests of the limit, and say when the window has room again', async () => {
    const { budgets, clock } = await world([{ id: 'daily', window: 'day', limits: { requests: 5 } }]);
    expect(await used(budgets, 8)).toBe(5);
    expect(await ask(budgets, modelCall())).toMatchObject({
      allowed: false,
      why: 'used_up',
      retryAfterMs: 23 * 3_600_000,
    });
    clock.advance(23 * 3_600_000 - 1);
    expect(await used(budgets, 1)).toBe(0);
    clock.advance(1);
    expect(await used(budgets, 8)).toBe(5);
  });

  it('know over a rolling window when exactly enough has left it', async () => {
    const { budgets, clock } = await world([{ id: 'rolling', window: '24h', limits: { cost_dollars: 0.1 } }]);
    expect(await used(budgets, 1, 40_000)).toBe(1);
    clock.advance(2 * 3_600_000);
    expect(await used(budgets, 1, 50_000)).toBe(1);
    clock.advance(3_600_000);
    const refused = await ask(budgets, modelCall());
    // The first leaves 24 hours after the end of its minute.
    expect(refused).toMatchObject({ allowed: false, retryAfterMs: 21 * 3_600_000 + 60_000 });
    clock.advance(21 * 3_600_000 + 59_999);
    expect((await ask(budgets, modelCall())).allowed).toBe(false);
    clock.advance(1);
    expect((await ask(budgets, modelCall())).allowed).toBe(true);
  });

  it('reserve the most that a request may use until its outcome says what it used', async () => {
    const { budgets } = await world([{ id: 'money', limits: { cost_dollars: 0.1 } }]);
    const [first, second, third] = [modelCall(), modelCall(), modelCall()];
    expect((await ask(budgets, first)).allowed).toBe(true);
    expect((await ask(budgets, second)).allowed).toBe(true);
    expect(await ask(budgets, third)).toMatchObject({ allowed: false, why: 'under_way', retryAfterMs: 1_000 });
    budgets.settle(first, answered({ cost: 10_000 }));
    budgets.settle(second, answered({ cost: 10_000 }));
    expect((await ask(budgets, third)).allowed).toBe(true);
  });

  it('never overshoot under a thousand requests at once', async () => {
    const { budgets } = await world([{ id: 'money', limits: { cost_dollars: 10, output_tokens: 150_500 } }]);
    const calls = Array.from({ length: 1_000 }, () => modelCall());
    const taken = await Promise.all(calls.map((call) => ask(budgets, call)));
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(150);
  });

  it('reserve the assumed maximum for an answer of which nobody says how long it may be', async () => {
    const { budgets } = await world([{ id: 'words', limits: { output_tokens: 8_192 } }]);
    expect((await ask(budgets, modelCall({ outputTokensMax: null }))).allowed).toBe(true);
    expect((await ask(budgets, modelCall({ outputTokensMax: 1 }))).allowed).toBe(false);
  });

  it('say of a request that is larger than the limit that waiting does not help', async () => {
    const { budgets } = await world([{ id: 'words', limits: { output_tokens: 999 } }]);
    expect(await ask(budgets, modelCall())).toMatchObject({ allowed: false, why: 'too_large', retryAfterMs: null });
  });

  it('charge all budgets of a call or none', async () => {
    const { budgets } = await world([
      { id: 'wide', limits: { requests: 3 } },
      { id: 'narrow', per: 'user', limits: { requests: 1 } },
    ]);
    const of = (userId: string) => modelCall({}, { userId });
    expect((await ask(budgets, of('user-1'))).allowed).toBe(true);
    for (let index = 0; index < 5; index++) {
      expect(await ask(budgets, of('user-1'))).toMatchObject({ allowed: false, budget: { id: 'narrow' } });
    }
    expect((await ask(budgets, of('user-2'))).allowed).toBe(true);
    expect((await ask(budgets, of('user-3'))).allowed).toBe(true);
    expect(await ask(budgets, of('user-4'))).toMatchObject({ allowed: false, budget: { id: 'wide' } });
  });

  it('give back what was reserved for a call that is not made', async () => {
    const { budgets } = await world([{ id: 'one', limits: { requests: 1 } }]);
    const call = modelCall();
    expect((await ask(budgets, call)).allowed).toBe(true);
    budgets.release(call);
    budgets.release(call);
    expect(await used(budgets, 3)).toBe(1);
  });

  it('count a request that the upstream refused, and nothing else of it', async () => {
    const { budgets } = await world([{ id: 'both', limits: { requests: 2, cost_dollars: 0.05 } }]);
    const refused = { http_status: 529, input_tokens: null, output_tokens: null, cost: null };
    for (let index = 0; index < 2; index++) {
      const call = modelCall();
      expect((await ask(budgets, call)).allowed).toBe(true);
      budgets.settle(call, answered(refused));
    }
    expect(await ask(budgets, modelCall())).toMatchObject({ allowed: false, why: 'used_up' });
  });

  it('let the estimate stand where the outcome does not say what was used', async () => {
    const { budgets } = await world([{ id: 'money', limits: { cost_dollars: 0.1 } }]);
    expect(await used(budgets, 1, 0)).toBe(1);
    const [aborted, unpriced] = [modelCall(), modelCall()];
    await ask(budgets, aborted);
    budgets.settle(aborted, { effect: null });
    await ask(budgets, unpriced);
    budgets.settle(unpriced, answered({ cost: null }));
    expect(await used(budgets, 1)).toBe(0);
  });

  it('count a reservation without an outcome as its estimate after an hour', async () => {
    const { budgets, clock } = await world([{ id: 'money', limits: { cost_dollars: 0.1 } }]);
    const lost = modelCall();
    await ask(budgets, lost);
    clock.advance(3_599_000);
    await new Promise(setImmediate);
    clock.advance(6_000);
    await budgets.prepare(modelCall({ costNanodollarsMax: 1n }));
    budgets.settle(lost, answered({ cost: 0 }));
    expect(await used(budgets, 1, 50_000)).toBe(1);
    expect(await used(budgets, 1)).toBe(0);
  });

  it('deny a model without a price where a cost is limited, unless the budget says otherwise', async () => {
    const { budgets, setting } = await world([{ id: 'money', limits: { cost_dollars: 1 } }]);
    const unpriced = () => modelCall({ costNanodollarsMax: null });
    expect(await ask(budgets, unpriced())).toMatchObject({ allowed: false, why: 'unpriced', retryAfterMs: null });
    setting.budgets = budgetsConfigSchema.parse([{ id: 'money', limits: { cost_dollars: 1 }, unpriced: 'allow' }]);
    expect((await ask(budgets, unpriced())).allowed).toBe(true);
    setting.budgets = budgetsConfigSchema.parse([{ id: 'words', limits: { output_tokens: 5_000 } }]);
    expect((await ask(budgets, unpriced())).allowed).toBe(true);
  });

  it('never stop what is not paid for', async () => {
    const { budgets } = await world([{ id: 'none', limits: { requests: 0 } }]);
    const counting = callOf({ kind: 'model_request' });
    expect(budgets.prepare(counting)).toBeUndefined();
    expect(budgets.take(counting)).toEqual({ allowed: true, standings: [] });
    expect((await ask(budgets, modelCall())).allowed).toBe(false);
  });

  it('count on when the configuration changes, and when a budget comes back', async () => {
    const { budgets, setting } = await world([{ id: 'daily', window: 'day', limits: { requests: 3 } }]);
    expect(await used(budgets, 3)).toBe(3);
    setting.budgets = [];
    expect(await used(budgets, 2)).toBe(2);
    setting.budgets = budgetsConfigSchema.parse([{ id: 'daily', window: 'day', limits: { requests: 5 } }]);
    expect(await used(budgets, 9)).toBe(2);
    setting.budgets = budgetsConfigSchema.parse([{ id: 'daily', window: 'day', limits: { requests: 4 } }]);
    expect(await used(budgets, 1)).toBe(0);
  });

  it('only warn where only a warning is asked for, once for each threshold of a window', async () => {
    const { budgets, told, clock } = await world([
      { id: 'soft', window: 'day', limits: { requests: 4 }, warn_at: [0.5], action: 'warn' },
    ]);
    expect(await used(budgets, 6)).toBe(6);
    expect(told.map(({ threshold, used: { requests } }) => [threshold, requests])).toEqual([
      [0.5, 2],
      [1, 4],
    ]);
    clock.advance(86_400_000);
    expect(await used(budgets, 2)).toBe(2);
    expect(told).toHaveLength(3);
    expect(new Set(told.map(({ dedupKey }) => dedupKey)).size).toBe(3);
  });

  it.each([
    [{ users: ['user-1'] }, true],
    [{ users: ['user-2'] }, false],
    [{ keys: ['sp-live-000000000000'] }, true],
    [{ agents: ['agent-1'] }, false],
    [{ departments: ['sales'] }, false],
    [{ tenants: ['tenant-1'], roles: ['user'] }, true],
    [{ roles: ['admin'] }, false],
    [{ models: ['claude-*'] }, true],
    [{ models: ['*-x-1'] }, true],
    [{ models: ['gpt-*'] }, false],
    [{ routes: ['route-1'], providers: ['openai'] }, false],
  ])('with match %j count a request: %s', async (match, doesCount) => {
    const { budgets } = await world([{ id: 'none', match, limits: { requests: 0 } }]);
    expect((await ask(budgets, modelCall())).allowed).toBe(!doesCount);
  });

  it.each(['user', 'key', 'agent', 'department', 'tenant', 'model', 'route', 'provider', 'all'])(
    'keep an account for each %s',
    async (per) => {
      const { budgets } = await world([{ id: 'one', per, limits: { requests: 1 } }]);
      const same = modelCall();
      const { principal } = same;
      const credential = { ...principal.credential, id: 'sp-live-111111111111' };
      const others: Readonly<Record<string, Call>> = {
        user: modelCall({}, { userId: 'user-2' }),
        key: { ...modelCall(), principal: { ...principal, credential } },
        agent: modelCall({}, { agent: { id: 'agent-2', scope: null } }),
        department: { ...modelCall(), principal: { ...principal, department: 'sales' } },
        tenant: { ...modelCall(), principal: { ...principal, tenantId: 'tenant-2' as typeof principal.tenantId } },
        model: modelCall({ upstreamModel: 'claude-y' }),
        route: modelCall({ route: 'route-2' }),
        provider: modelCall({ provider: 'openai' }),
      };
      expect((await ask(budgets, same)).allowed).toBe(true);
      expect((await ask(budgets, modelCall())).allowed).toBe(false);
      const other = others[per];
      if (other !== undefined) expect((await ask(budgets, other)).allowed).toBe(true);
    },
  );

  it('deny before they are started and after they were stopped', async () => {
    const { budgets, make } = await world([{ id: 'many', limits: { requests: 100 } }]);
    expect(await ask(make('process-2'), modelCall())).toMatchObject({ allowed: false, why: 'out_of_reach' });
    await budgets.stop();
    expect(await ask(budgets, modelCall())).toMatchObject({ allowed: false, why: 'out_of_reach' });
  });
});

describe('several processes with one store', () => {
  it('together never pass a budget, and use all of it', async () => {
    const { budgets, make, clock } = await world([{ id: 'shared', limits: { requests: 100 } }]);
    const second = make('process-2');
    await second.start();
    let passed = 0;
    for (let round = 0; round < 60; round++) {
      const [one, two] = await Promise.all([used(budgets, 1), used(second, 1)]);
      passed += one + two;
      // Whoever keeps something ahead of need gives it back when nobody asks for it.
      clock.advance(2_600);
      await new Promise(setImmediate);
    }
    expect(passed).toBe(100);
  });

  it('count what was used in a former life, and what a killed one held', async () => {
    const store = createMemoryBudgetStore();
    const { budgets, make, clock } = await world([{ id: 'shared', limits: { requests: 320 } }], store);
    expect(await used(budgets, 100)).toBe(100);
    await budgets.stop();
    const [account] = await store.read('shared', MIDNIGHT);
    expect(account).toMatchObject({ value: '*', used: { requests: 100 }, held: { requests: 0 } });
    const second = make('process-1');
    await second.start();
    expect(await used(second, 100)).toBe(100);
    const third = make('process-1');
    await third.start();
    const passed = await used(third, 200);
    expect(passed).toBeLessThanOrEqual(120);
    expect(passed).toBeGreaterThanOrEqual(100);
    clock.advance(500);
    await new Promise(setImmediate);
    expect(await ask(second, modelCall())).toMatchObject({ allowed: false, why: 'out_of_reach' });
  });

  it('spend what they hold while the store is away, then deny, and go on when it is back', async () => {
    const inner = createMemoryBudgetStore();
    let isAway = false;
    const store: BudgetStore = {
      ...inner,
      sync: (request) => (isAway ? Promise.reject(new Error('away')) : inner.sync(request)),
    };
    const { budgets, clock } = await world([{ id: 'shared', limits: { requests: 320 } }], store);
    expect(await used(budgets, 50)).toBe(50);
    isAway = true;
    const passed = await used(budgets, 50);
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThanOrEqual(10);
    expect(await ask(budgets, modelCall())).toMatchObject({ allowed: false, why: 'out_of_reach', retryAfterMs: 1_000 });
    isAway = false;
    clock.advance(500);
    await new Promise(setImmediate);
    expect(await used(budgets, 400)).toBe(270 - passed);
  });

  it('write nothing twice when the answer of the store is lost', async () => {
    const inner = createMemoryBudgetStore();
    let losing = 0;
    const store: BudgetStore = {
      ...inner,
      async sync(request) {
        const reply = await inner.sync(request);
        if (losing-- > 0) throw new Error('the answer is lost');
        return reply;
      },
    };
    const { budgets, clock } = await world([{ id: 'shared', limits: { requests: 320 } }], store);
    let passed = 0;
    for (let round = 0; round < 20; round++) {
      losing = round % 3;
      passed += await used(budgets, 2);
      for (let turn = 0; turn < 4; turn++) {
        clock.advance(500);
        await new Promise(setImmediate);
      }
    }
    const standing = await inner.read('shared', clock.nowMs());
    await budgets.stop();
    const [account] = await inner.read('shared', clock.nowMs());
    expect(standing[0]?.used.requests).toBe(account?.used.requests);
    expect(account).toMatchObject({ used: { requests: passed }, held: { requests: 0 } });
    expect(passed).toBeGreaterThan(10);
  });
});
