import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseTrustedJson } from '#foundation/json';
import { NOTHING } from '#governance/budgets/amounts';
import { budgetsConfigSchema } from '#governance/budgets/config';
import { createSharedBudgetStore } from '#governance/budgets/shared-budget-store';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import type { BudgetDesk } from './budget-desk.ts';
import { cli, NOW_MS } from './testing/run-in-process.ts';

const BUDGETS = budgetsConfigSchema.parse([
  { id: 'team', per: 'user', window: 'day', limits: { cost_dollars: 10, requests: 100 } },
  { id: 'off', enabled: false, limits: { requests: 5 } },
]);

let test: TestDatabase;
let edits: unknown[];

beforeAll(async () => {
  test = await createTestDatabase();
});
beforeEach(async () => {
  edits = [];
  const store = createSharedBudgetStore(test.database);
  await test.database.query('DELETE FROM budget_members; DELETE FROM budget_uses');
  await store.join('process-1', NOW_MS);
  const slot = { slotMs: NOW_MS, leavesAtMs: NOW_MS + 3_600_000 };
  const lines = ['user-1', 'user-2'].map((value) => ({
    key: `team\nday\nuser\n${value}`,
    budgetId: 'team',
    value,
    limits: NOTHING,
    used: [{ ...slot, used: { requests: 40, inputTokens: 7, outputTokens: 9, microdollars: 8_300_000 } }],
    held: NOTHING,
    needs: NOTHING,
    ahead: NOTHING,
    slot,
  }));
  await store.sync({ processId: 'process-1', incarnation: 1, batch: 1, nowMs: NOW_MS, lines });
});
afterAll(() => test.drop());

function budgets(line: string) {
  const desk: BudgetDesk = {
    list: async () => BUDGETS,
    async set(edit, options) {
      edits.push({ ...edit, ...options });
      const [budget] = BUDGETS;
      if (budget === undefined) throw new Error('no budget');
      return { budget, file: '/services/budgets/team.yaml' };
    },
  };
  const services = { budgets: () => desk, database: async () => test.database };
  return cli(['admin', 'budgets', ...line.split(' ')], { services });
}

const json = async (line: string) => parseTrustedJson((await budgets(`${line} --json`)).stdout);

describe('admin budgets', () => {
  it('lists what may be used', async () => {
    expect(await json('list')).toMatchObject({
      items: [
        { id: 'team', state: 'in force', limits: '10 dollars and 100 requests a day for each user' },
        { id: 'off', state: 'disabled' },
      ],
    });
  });

  it('tells what was used, of all or of one', async () => {
    const used = { used_percent: 83, requests: 40, input_tokens: 7, output_tokens: 9, cost_dollars: 8.3 };
    const resets_at = new Date(NOW_MS + 3_600_000).toISOString();
    expect(await json('usage')).toMatchObject({
      items: [
        { budget: 'team', account: 'user-1', ...used, resets_at },
        { budget: 'team', account: 'user-2', ...used },
      ],
    });
    expect(await json('usage off')).toMatchObject({ items: [] });
    expect(await json('show team')).toMatchObject({ per: 'user', accounts: [{ account: 'user-1' }, {}] });
    expect((await budgets('usage nobody')).code).toBe(5);
    expect((await budgets('show nobody')).stderr).toContain('admin budgets list');
  });

  it('forgets what was used only when it is told to', async () => {
    expect(await json('reset team --dry-run')).toMatchObject({ dry_run: true, accounts: 2 });
    expect((await budgets('reset team')).code).not.toBe(0);
    expect(await json('usage team')).toMatchObject({ items: [{}, {}] });
    expect(await json('reset team --account user-1 --yes')).toMatchObject({ reset: true, accounts: 1 });
    expect(await json('usage team')).toMatchObject({ items: [{ account: 'user-2' }] });
    expect(await json('reset team --yes')).toMatchObject({ reset: true, accounts: 1 });
    expect(await json('usage team')).toMatchObject({ items: [] });
  });

  it('changes only what it is told to', async () => {
    const line = 'set team --cost-dollars 12.5 --requests 7 --window 24h --match models=claude-* --match models=gpt-*';
    expect((await budgets(`${line} --warn-at 0.5 --state off`)).code).toBe(0);
    expect(edits).toEqual([
      {
        id: 'team',
        change: { enabled: false, match: { models: ['claude-*', 'gpt-*'] }, window: '24h', warn_at: [0.5] },
        limits: { cost_dollars: 12.5, requests: 7 },
        dryRun: false,
      },
    ]);
    expect(await json('set team --requests 7 --dry-run')).toMatchObject({ dry_run: true });
    expect(edits[1]).toMatchObject({ change: {}, limits: { requests: 7 }, dryRun: true });
    expect((await budgets('set team --cost-dollars much')).code).not.toBe(0);
    expect((await budgets('set team --match models')).code).not.toBe(0);
    expect(edits).toHaveLength(2);
  });
});
