import { defineCommand } from '#surfaces/cli/command';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { itemOf } from '#surfaces/cli/output';
import { readMigrations } from '#surfaces/cli/read-migrations';

export const command = defineCommand({
  effect: 'none',
  details: 'Exits 1 when a migration is pending or history was rewritten, 8 when the database is away.',
  arguments: {},
  options: {},
  examples: [{ line: 'infra db status', shows: 'is it there, and is it up to date?' }],
  async run({ services, clock }) {
    const startedMs = clock.monotonicMs();
    const { version } = await (await inspectDatabase(services)).info();
    const answeredMs = Math.round(clock.monotonicMs() - startedMs);
    const { applied, pending, problem } = await readMigrations(
      await services.database(),
      services.places().migrationsDirectory,
    );
    const isReady = pending.length === 0 && problem === null;
    const item = {
      status: isReady ? 'ready' : 'behind',
      version,
      answered_ms: answeredMs,
      migrations_applied: applied.length,
      migrations_pending: pending.length,
      problem: problem?.message ?? null,
    };
    return { ...itemOf(item), exitCode: isReady ? 0 : 1 };
  },
});
