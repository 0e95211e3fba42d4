import { describeWait } from '#foundation/time';
import { type BudgetStanding, type Budgets, passedThreshold, type Refusal } from '#governance/budgets/budgets';
import type { BudgetConfig } from '#governance/budgets/config';
import { describeBudget } from '#governance/budgets/describe-budget';
import type { Call } from '../call.ts';
import { type Check, PAUSE_MICROS_MAX } from '../check.ts';
import type { Verdict } from '../decision.ts';

/**
 * Room in every budget that a model request counts in. The request is charged as it passes, and whoever decides by the
 * whole pipeline gives back what was charged for a call that another check denies.
 */
export function createBudgetCheck(budgets: Pick<Budgets, 'take'>): Check {
  return {
    id: 'budget',
    appliesTo: ['model_request'],
    budgetMicros: PAUSE_MICROS_MAX,
    judge: (call) => judgeBudgets(call, budgets),
  };
}

function judgeBudgets(call: Call, budgets: Pick<Budgets, 'take'>): Verdict {
  if (call.model === null) return { result: 'pass', detail: 'not paid for' };
  const taking = budgets.take(call);
  if (!taking.allowed) return denial(taking);
  const { standings } = taking;
  const warned = standings.find(({ budget, fullness }) => passedThreshold(budget, fullness) !== undefined);
  if (warned !== undefined) return { result: 'flag', rule: warned.budget.id, detail: detailOf(warned) };
  if (standings.length === 0) return { result: 'pass', detail: 'counts in no budget' };
  return { result: 'pass', detail: `within ${standings.map(({ budget }) => budget.id).join(', ')}` };
}

function denial({ budget, why, retryAfterMs, value }: Refusal): Verdict {
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  return {
    result: 'deny',
    rule: budget.id,
    detail: `${budget.id} of ${value}: ${why.replaceAll('_', ' ')}`,
    reason: reasonOf(budget, why, retryAfterMs),
    ...wait,
  };
}

function reasonOf(budget: BudgetConfig, why: Refusal['why'], retryAfterMs: number | null): string {
  const what = `the budget ${budget.id} of ${describeBudget(budget)}`;
  const again = retryAfterMs === null ? 'try again later' : `try again in ${describeWait(retryAfterMs)}`;
  switch (why) {
    case 'used_up':
      return `${what} has no room for this request; ${again}`;
    case 'under_way':
      return `what is left of ${what} is reserved by requests under way; ${again}`;
    case 'too_large':
      return `${what} can never have room for this request; ask for a shorter answer`;
    case 'unpriced':
      return `${what} cannot count a model without a price; ask for another model`;
    case 'out_of_reach':
      return `${what} cannot be looked at now; ${again}`;
    case 'too_many_accounts':
      return `${what} has more accounts than this server counts; ${again}`;
  }
}

function detailOf({ budget, fullness }: BudgetStanding): string {
  return `${Math.floor(fullness * 100)}% of ${budget.id} is used`;
}
