import { defineCommand } from '#surfaces/cli/command';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { listOf } from '#surfaces/cli/output';
import { optionalArgument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { table: optionalArgument('table', 'of every table when left out') },
  options: {},
  examples: [{ line: 'infra db indexes governance_decisions', shows: 'of one table' }],
  async run({ args, services }) {
    const indexes = await (await inspectDatabase(services)).indexes(args.table);
    return listOf(['table', 'index', 'unique', 'size_bytes', 'definition'], indexes);
  },
});
