import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import type { Call } from '#governance/policy/call';
import { callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';
import { NOTHING } from './amounts.ts';
import { type BudgetStore, HOLD_MS, type SyncLine } from './budget-store.ts';
import { type Budgets, createBudgets } from './budgets.ts';
import { budgetsConfigSchema } from './config.ts';
import { createMemoryBudgetStore } from './memory-budget-store.ts';
import { createSharedBudgetStore } from './shared-budget-store.ts';

proves('budget.shared');

const NOW_MS = 1_800_000_000_000;
const LEAVES_AT_MS = NOW_MS + 86_400_000;

let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
beforeEach(async () => {
  await testDatabase.database.query('DELETE FROM budget_members; DELETE FROM budget_uses');
});
afterAll(() => testDatabase.drop());

const some = (requests: number) => ({ ...NOTHING, requests });

function lineOf(line: Partial<SyncLine>): SyncLine {
  return {
    key: 'daily\nrolling\nall\n*',
    budgetId: 'daily',
    value: '*',
    limits: { ...some(100), inputTokens: Infinity, outputTokens: Infinity, microdollars: Infinity },
    used: [],
    held: NOTHING,
    needs: NOTHING,
    ahead: NOTHING,
    slot: { slotMs: NOW_MS, leavesAtMs: LEAVES_AT_MS },
    ...line,
  };
}

describe.each([
  ['in PostgreSQL', () => createSharedBudgetStore(testDatabase.database)],
  ['in memory', () => createMemoryBudgetStore()],
])('the budgets %s', (_, make: () => BudgetStore) => {
  const use = (requests: number, slotMs = NOW_MS) => ({
    slotMs,
    leavesAtMs: slotMs + 86_400_000,
    used: some(requests),
  });

  function sync(store: BudgetStore, processId: string, batch: number, line: Partial<SyncLine>, nowMs = NOW_MS) {
    return store.sync({ processId, incarnation: 1, batch, nowMs, lines: [lineOf(line)] });
  }

  it('give what is needed as far as there is room, never more than the limit', async () => {
    const store = make();
    await store.join('first', NOW_MS);
    await store.join('second', NOW_MS);
    expect(await sync(store, 'first', 1, { needs: some(60) })).toMatchObject({ lines: [{ held: some(60) }] });
    expect(await sync(store, 'second', 1, { needs: some(60) })).toMatchObject({
      lines: [{ held: some(40), heldElsewhere: some(60) }],
    });
    expect(await sync(store, 'first', 2, { held: some(10), used: [use(30)] })).toMatchObject({
      lines: [{ held: some(10), used: some(30), heldElsewhere: some(40) }],
    });
    expect(await sync(store, 'second', 2, { held: some(40), needs: some(30) })).toMatchObject({
      lines: [{ held: some(60) }],
    });
  });

  it('give a part of the rest ahead of need', async () => {
    const store = make();
    await store.join('first', NOW_MS);
    expect(await sync(store, 'first', 1, { needs: some(60), ahead: some(30) })).toMatchObject({
      lines: [{ held: some(70) }],
    });
  });

  it('say when what was used leaves the window', async () => {
    const store = make();
    await store.join('first', NOW_MS);
    await sync(store, 'first', 1, { used: [use(60), use(40, NOW_MS + 5_000)] });
    const reply = await sync(store, 'first', 2, { needs: some(1) }, NOW_MS + 10_000);
    expect(reply).toMatchObject({
      lines: [
        {
          held: NOTHING,
          used: some(100),
          leaving: [{ leavesAtMs: LEAVES_AT_MS }, { leavesAtMs: LEAVES_AT_MS + 5_000 }],
        },
      ],
    });
    expect(await sync(store, 'first', 3, { needs: some(70) }, LEAVES_AT_MS)).toMatchObject({
      lines: [{ held: some(60), used: some(40) }],
    });
  });

  it('write a batch once, however often it is said', async () => {
    const store = make();
    await store.join('first', NOW_MS);
    for (let again = 0; again < 3; again++) await sync(store, 'first', 1, { used: [use(7)] });
    expect(await store.read('daily', NOW_MS)).toMatchObject([{ value: '*', used: some(7), held: NOTHING }]);
  });

  it('count what a killed process held, when it is back and when it is lost', async () => {
    const store = make();
    await store.join('first', NOW_MS);
    await store.join('second', NOW_MS);
    await sync(store, 'first', 1, { needs: some(5), used: [use(2)] });
    expect((await store.join('first', NOW_MS)).incarnation).toBe(2);
    expect(await sync(store, 'first', 2, {})).toBe('replaced');
    expect(await store.read('daily', NOW_MS)).toMatchObject([{ used: some(7), held: NOTHING }]);
    await store.sync({
      processId: 'first',
      incarnation: 2,
      batch: 1,
      nowMs: NOW_MS,
      lines: [lineOf({ needs: some(3) })],
    });
    await sync(store, 'second', 1, {}, NOW_MS + HOLD_MS);
    expect(await sync(store, 'second', 2, {}, NOW_MS + HOLD_MS)).toMatchObject({ lines: [{ used: some(10) }] });
    expect(await store.sync({ processId: 'first', incarnation: 2, batch: 2, nowMs: NOW_MS, lines: [] })).toBe(
      'unknown',
    );
  });

  it('take back what is held by a process that leaves, and forget what is reset', async () => {
    const store = make();
    await store.join('first', NOW_MS);
    await sync(store, 'first', 1, { needs: some(5), used: [use(2)] });
    await store.leave('first', 1);
    expect(await store.read(undefined, NOW_MS)).toMatchObject([{ used: some(2), held: NOTHING }]);
    expect(await store.reset('daily', 'user-1')).toBe(0);
    expect(await store.reset('daily', undefined)).toBe(1);
    expect(await store.read(undefined, NOW_MS)).toEqual([]);
  });

  it('forget what has left its window', async () => {
    const store = make();
    await store.join('first', NOW_MS);
    await sync(store, 'first', 1, { used: [use(2), use(3, NOW_MS + 5_000)] });
    await store.prune(LEAVES_AT_MS);
    expect(await store.read('daily', NOW_MS)).toMatchObject([{ used: some(3) }]);
  });
});

describe('two processes on one database', () => {
  const clock = createManualClock();
  const config = budgetsConfigSchema.parse([
    { id: 'money', window: 'day', limits: { cost_dollars: 10 } },
    { id: 'each', per: 'user', window: '24h', limits: { output_tokens: 20_000 } },
  ]);

  function processOf(processId: string): Budgets {
    const store = createSharedBudgetStore(testDatabase.database);
    return createBudgets({
      store,
      clock,
      config: () => config,
      processId,
      logger: silentLogger,
      onThreshold: () => {},
    });
  }

  function callBy(userId: string): Call {
    const model = {
      route: 'route-1',
      provider: 'anthropic',
      upstreamModel: 'claude-x',
      inputTokens: 10,
      outputTokensMax: 1_000,
      costNanodollarsMax: 30_000_000n,
    };
    return { ...callOf({ kind: 'model_request', userId }), model };
  }

  it('never overshoot under a thousand requests at once, and lose nothing over a restart', async () => {
    const processes = [processOf('first'), processOf('second')];
    for (const one of processes) await one.start();
    const asked = Array.from({ length: 1_000 }, async (_, index) => {
      const budgets = processes[index % 2];
      const call = callBy(`user-${index % 30}`);
      await budgets?.prepare(call);
      const taken = budgets?.take(call);
      return taken?.allowed === true;
    });
    const allowed = (await Promise.all(asked)).filter(Boolean).length;
    // 10 dollars are 333 requests of 3 cents; some of it may stay with a process that does not need it.
    expect(allowed).toBeLessThanOrEqual(333);
    expect(allowed).toBeGreaterThan(250);
    for (const one of processes) await one.stop();
    const rows = await createSharedBudgetStore(testDatabase.database).read('money', clock.nowMs());
    expect(rows).toMatchObject([{ used: { requests: allowed, microdollars: allowed * 30_000 }, held: NOTHING }]);
    const users = await createSharedBudgetStore(testDatabase.database).read('each', clock.nowMs());
    expect(users.every(({ used }) => used.outputTokens <= 20_000)).toBe(true);
  });
});
