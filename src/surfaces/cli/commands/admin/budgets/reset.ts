import { createSharedBudgetStore } from '#governance/budgets/shared-budget-store';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument, text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'destroy',
  details: `Forgets what was used in the window that runs now, so that there is room at once. The records of the
requests stay. Running servers take it over with the next request; what is under way is counted when it ends.`,
  arguments: { budget: argument('budget', 'its id; also of one that is gone from the configuration') },
  options: { account: text('--account <value>', 'only this account, as `admin budgets usage` names it') },
  examples: [
    { line: 'admin budgets reset team-daily', shows: 'asks before it forgets' },
    { line: 'admin budgets reset per-user --account 0198c0de --yes', shows: 'one account, in a script' },
  ],
  async run({ args, options, services, clock, confirm, dryRun, terminal }) {
    const { account } = options;
    const store = createSharedBudgetStore(await services.database());
    const accounts = (await store.read(args.budget, clock.nowMs())).filter(
      ({ value }) => account === undefined || value === account,
    );
    const item = { budget: args.budget, accounts: accounts.length };
    if (dryRun) return itemOf({ dry_run: true, would: 'reset', ...item });
    await confirm(`Forget what ${accounts.length} accounts of ${args.budget} used?`);
    await store.reset(args.budget, account);
    terminal.say(`${args.budget} begins anew`);
    return itemOf({ reset: true, ...item });
  },
});
