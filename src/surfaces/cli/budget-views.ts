import { OperatingError } from '#foundation/errors';
import type { JsonObject } from '#foundation/json';
import { isoTime } from '#foundation/time';
import { fullnessOf, limitsOf } from '#governance/budgets/amounts';
import type { AccountUsage } from '#governance/budgets/budget-store';
import type { BudgetConfig } from '#governance/budgets/config';
import { describeBudget } from '#governance/budgets/describe-budget';

export const BUDGET_COLUMNS = ['id', 'state', 'action', 'limits'];

export function budgetView(budget: BudgetConfig): JsonObject {
  const state = budget.enabled ? 'in force' : 'disabled';
  return { id: budget.id, state, action: budget.action, limits: describeBudget(budget) };
}

export const USAGE_COLUMNS = [
  'budget',
  'account',
  'used_percent',
  'requests',
  'input_tokens',
  'output_tokens',
  'cost_dollars',
  'resets_at',
];

const MICRODOLLARS_PER_DOLLAR = 1_000_000;

/** `budget` is undefined where what was used outlived its budget. */
export function usageView(usage: AccountUsage, budget: BudgetConfig | undefined): JsonObject {
  const { used } = usage;
  return {
    budget: usage.budgetId,
    account: usage.value,
    used_percent: budget === undefined ? null : Math.floor(fullnessOf(used, limitsOf(budget)) * 100),
    requests: used.requests,
    input_tokens: used.inputTokens,
    output_tokens: used.outputTokens,
    cost_dollars: used.microdollars / MICRODOLLARS_PER_DOLLAR,
    resets_at: isoTime(usage.leavesAtMs),
  };
}

export function requireBudget(budgets: readonly BudgetConfig[], id: string): BudgetConfig {
  const budget = budgets.find((known) => known.id === id);
  if (budget !== undefined) return budget;
  throw new OperatingError('not_found', 'budget_not_found', `there is no budget ${JSON.stringify(id)}`, {
    remedy: 'systemprompt admin budgets list',
  });
}
