import { defineCommand } from '#surfaces/cli/command';
import { formatBytes } from '#surfaces/cli/format-bytes';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { listOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {},
  examples: [{ line: 'infra db size', shows: 'what takes the space, largest first' }],
  async run({ services }) {
    const inspection = await inspectDatabase(services);
    const { database, size_bytes } = await inspection.info();
    const tables = (await inspection.tables()).toSorted((one, other) => other.size_bytes - one.size_bytes);
    const items = tables.map((table) => ({
      table: table.table,
      size_bytes: table.size_bytes,
      size: formatBytes(table.size_bytes),
    }));
    return listOf(['table', 'size_bytes', 'size'], items, `${database}: ${formatBytes(size_bytes)} in all`);
  },
});
