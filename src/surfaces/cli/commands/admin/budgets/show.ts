import { createSharedBudgetStore } from '#governance/budgets/shared-budget-store';
import { requireBudget, usageView } from '#surfaces/cli/budget-views';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: 'Its settings, and every account that used something in its window.',
  arguments: { budget: argument('budget', 'its id') },
  options: {},
  examples: [{ line: 'admin budgets show team-daily --json', shows: 'settings and accounts' }],
  async run({ args, services, clock }) {
    const budget = requireBudget(await services.budgets().list(), args.budget);
    const store = createSharedBudgetStore(await services.database());
    const accounts = await store.read(budget.id, clock.nowMs());
    const { stringify } = await import('yaml');
    const item = { ...structuredClone(budget), accounts: accounts.map((usage) => usageView(usage, budget)) };
    return itemOf(item, stringify(item).trimEnd());
  },
});
