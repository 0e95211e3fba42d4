import { awaitRecords } from '#surfaces/cli/await-records';
import { defineCommand } from '#surfaces/cli/command';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { listOf } from '#surfaces/cli/output';
import { argument, duration, integerOr } from '#surfaces/cli/parameters';

const ROWS_MAX = 10_000;
const TIMEOUT_MS = 10_000;

export const command = defineCommand({
  effect: 'none',
  details: 'One statement, in a read-only transaction, bounded in rows and in time. A write is refused by PostgreSQL.',
  arguments: { sql: argument('sql', 'SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN') },
  options: {
    limit: integerOr('-n, --limit <rows>', 'at most this many rows', { min: 1, max: ROWS_MAX }, 1_000),
    timeout: duration('--timeout <duration>', 'at most this long; 10s when left out'),
  },
  examples: [
    { line: 'infra db query "SELECT decision, count(*) FROM governance_decisions GROUP BY 1"', shows: 'decisions' },
    { line: 'infra db query "TABLE audit_trail" --limit 5 --json', shows: 'the newest view, for a script' },
  ],
  async run({ args, options, services, terminal }) {
    await awaitRecords({ services, terminal });
    const inspection = await inspectDatabase(services);
    const bounds = { rowsMax: options.limit, timeoutMs: options.timeout ?? TIMEOUT_MS };
    const { items, isCut } = await inspection.query(args.sql, bounds);
    const remark = isCut ? `cut at ${options.limit} rows: --limit` : items.length === 0 ? 'no rows' : undefined;
    return listOf(Object.keys(items[0] ?? {}), items, remark);
  },
});
