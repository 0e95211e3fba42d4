import { defineCommand } from '#surfaces/cli/command';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { listOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  details: 'Rows are the estimate of the planner; `infra db count TABLE` counts.',
  arguments: {},
  options: {},
  examples: [{ line: 'infra db tables', shows: 'tables and views' }],
  async run({ services }) {
    const tables = await (await inspectDatabase(services)).tables();
    return listOf(['table', 'kind', 'rows_estimate', 'size_bytes'], tables);
  },
});
