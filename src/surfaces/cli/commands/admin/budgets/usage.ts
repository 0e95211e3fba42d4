import { createSharedBudgetStore } from '#governance/budgets/shared-budget-store';
import { requireBudget, USAGE_COLUMNS, usageView } from '#surfaces/cli/budget-views';
import { defineCommand } from '#surfaces/cli/command';
import { listOf } from '#surfaces/cli/output';
import { optionalArgument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: `What was used in the window that runs now, as far as it is written down: a server writes twice a second.
Requests under way are not in it.`,
  arguments: { budget: optionalArgument('budget', 'its id; all of them when left out') },
  options: {},
  examples: [
    { line: 'admin budgets usage', shows: 'every account of every budget' },
    { line: 'admin budgets usage team-daily --json', shows: 'the accounts of one' },
  ],
  async run({ args, services, clock }) {
    const budgets = await services.budgets().list();
    if (args.budget !== undefined) requireBudget(budgets, args.budget);
    const accounts = await createSharedBudgetStore(await services.database()).read(args.budget, clock.nowMs());
    const items = accounts.map((usage) =>
      usageView(
        usage,
        budgets.find(({ id }) => id === usage.budgetId),
      ),
    );
    return listOf(USAGE_COLUMNS, items, items.length === 0 ? 'nothing was used' : undefined);
  },
});
