import { defineCommand } from '#surfaces/cli/command';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { listOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { table: argument('table', 'a table or a view') },
  options: {},
  examples: [{ line: 'infra db describe governance_decisions', shows: 'its columns' }],
  async run({ args, services }) {
    const columns = await (await inspectDatabase(services)).columns(args.table);
    return listOf(['column', 'type', 'nullable', 'default'], columns);
  },
});
