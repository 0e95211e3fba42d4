import { BUDGET_COLUMNS, budgetView } from '#surfaces/cli/budget-views';
import { defineCommand } from '#surfaces/cli/command';
import { listOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {},
  examples: [{ line: 'admin budgets list', shows: 'what may be used, by whom, in which window' }],
  async run({ services }) {
    const budgets = await services.budgets().list();
    const remark = budgets.length === 0 ? 'none; systemprompt admin budgets set NAME --cost-dollars 10' : undefined;
    return listOf(BUDGET_COLUMNS, budgets.map(budgetView), remark);
  },
});
