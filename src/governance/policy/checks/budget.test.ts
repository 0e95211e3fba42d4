import { describe, expect, it } from 'vitest';
import type { Budgets, Taking } from '#governance/budgets/budgets';
import { budgetSchema } from '#governance/budgets/config';
import { createGovernor, type Outcome } from '#governance/governor';
import type { Call } from '#governance/policy/call';
import { callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import type { Check } from '../check.ts';
import { createPipeline } from '../pipeline.ts';
import { createBudgetCheck } from './budget.ts';

const budget = budgetSchema.parse({
  id: 'daily',
  per: 'user',
  window: 'day',
  limits: { cost_dollars: 2, requests: 9 },
});
const paid: Call = {
  ...callOf({ kind: 'model_request' }),
  model: {
    route: 'route-1',
    provider: 'anthropic',
    upstreamModel: 'claude-x',
    inputTokens: 1,
    outputTokensMax: 1,
    costNanodollarsMax: 1n,
  },
};
const OUTCOME: Outcome = { status: 'completed', error: null, latency_ms: 1, effect: null };

/** Budgets that answer `taking` and write down what they are told. */
function budgetsThat(taking: Taking | Error) {
  const told: string[] = [];
  const budgets: Pick<Budgets, 'prepare' | 'take' | 'settle' | 'release'> = {
    prepare: () => undefined,
    take() {
      told.push('take');
      if (taking instanceof Error) throw taking;
      return taking;
    },
    settle: () => void told.push('settle'),
    release: () => void told.push('release'),
  };
  return { budgets, told };
}

type Faults = { readonly isJournalBroken?: boolean; readonly isSettlingBroken?: boolean };

function governorOf(taking: Taking | Error, more: readonly Check[] = [], faults: Faults = {}) {
  const { budgets, told } = budgetsThat(taking);
  const records: string[] = [];
  const clock = createManualClock();
  const governor = createGovernor({
    pipeline: createPipeline(() => [createBudgetCheck(budgets), ...more], clock),
    audit: {
      append: async ({ kind }) => {
        if (faults.isJournalBroken) throw new Error('the disk is full');
        records.push(kind);
        return { logId: 'log', seq: 1, id: 'log-1' };
      },
      caughtUp: async () => {},
      health: () => {
        throw new Error('not asked for');
      },
    },
    clock,
    charges: {
      ...budgets,
      settle(call, outcome) {
        if (faults.isSettlingBroken) throw new Error('planted');
        budgets.settle(call, outcome);
      },
    },
  });
  return { governor, told, records };
}

const ALLOWED: Taking = { allowed: true, standings: [] };

describe('the check of budgets', () => {
  it('names the budget, what it is, and the exact wait', () => {
    const refused = { allowed: false, budget, value: 'user-1', why: 'used_up', retryAfterMs: 1_234 } as const;
    expect(createBudgetCheck(budgetsThat(refused).budgets).judge(paid)).toEqual({
      result: 'deny',
      rule: 'daily',
      detail: 'daily of user-1: used up',
      reason:
        'the budget daily of 2 dollars and 9 requests a day for each user has no room for this request; ' +
        'try again in 2 s',
      retryAfterMs: 1_234,
    });
  });

  it('passes what is not paid for without asking the budgets', () => {
    const { budgets, told } = budgetsThat(ALLOWED);
    expect(createBudgetCheck(budgets).judge(callOf({ kind: 'model_request' })).result).toBe('pass');
    expect(told).toEqual([]);
  });
});

describe('a call that was charged', () => {
  it('is settled when it is closed', async () => {
    const { governor, told } = governorOf(ALLOWED);
    const governed = await governor.govern(paid, 'request-1');
    expect(told).toEqual(['take']);
    await governor.close(paid, governed, OUTCOME);
    expect(told).toEqual(['take', 'settle']);
  });

  it('has its outcome recorded even when it cannot be settled', async () => {
    const { governor, records } = governorOf(ALLOWED, [], { isSettlingBroken: true });
    const governed = await governor.govern(paid, 'request-1');
    await expect(governor.close(paid, governed, OUTCOME)).rejects.toThrow('planted');
    expect(records).toEqual(['decision', 'outcome']);
  });

  it.each(['deny', 'ask'] as const)('is charged nothing when a later check says %s', async (result) => {
    const limit: Check = {
      id: 'rate_limit',
      appliesTo: ['model_request'],
      budgetMicros: 1_000,
      judge: () => ({ result, detail: '', reason: 'no' }),
    };
    const { governor, told } = governorOf(ALLOWED, [limit]);
    await governor.govern(paid, 'request-1');
    expect(told).toEqual(['take', 'release']);
  });

  it('is charged nothing when its decision cannot be recorded', async () => {
    const { governor, told } = governorOf(ALLOWED, [], { isJournalBroken: true });
    await expect(governor.govern(paid, 'request-1')).rejects.toThrow('the disk is full');
    expect(told).toEqual(['take', 'release']);
  });

  it('is denied, and charged nothing, when the budgets throw', async () => {
    const { governor, told } = governorOf(new Error('planted'));
    const { decision } = await governor.govern(paid, 'request-1');
    expect(decision).toMatchObject({ outcome: 'deny', policy: 'budget' });
    expect(told).toEqual(['take', 'release']);
  });
});
