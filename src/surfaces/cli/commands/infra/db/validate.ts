import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { readMigrations } from '#surfaces/cli/read-migrations';

export const command = defineCommand({
  effect: 'none',
  details: 'Holds the checksum of every migration that has run against its file. Exits 6 when history was rewritten.',
  arguments: {},
  options: {},
  examples: [{ line: 'infra db validate', shows: 'does the database hold what these files say?' }],
  async run({ services }) {
    const { applied, pending, problem } = await readMigrations(
      await services.database(),
      services.places().migrationsDirectory,
    );
    if (problem !== null) throw problem;
    const item = { valid: pending.length === 0, migrations_applied: applied.length, migrations_pending: pending };
    return { ...itemOf(item), exitCode: pending.length === 0 ? 0 : 1 };
  },
});
