import { defineCommand } from '#surfaces/cli/command';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { table: argument('table', 'a table or a view') },
  options: {},
  examples: [{ line: 'infra db count governance_decisions', shows: 'its rows, counted' }],
  async run({ args, services }) {
    return itemOf({ table: args.table, count: await (await inspectDatabase(services)).count(args.table) });
  },
});
