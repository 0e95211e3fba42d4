import type { JsonObject } from '#foundation/json';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { readMigrations } from '#surfaces/cli/read-migrations';

export const command = defineCommand({
  effect: 'none',
  details:
    'Migrations run at the start of the server; there is nothing to call by hand. Exits 6 when history was rewritten.',
  arguments: {},
  options: {},
  examples: [{ line: 'infra db migrations status', shows: 'what has run, and what would' }],
  async run({ services }) {
    const { applied, pending, problem } = await readMigrations(
      await services.database(),
      services.places().migrationsDirectory,
    );
    const items: readonly JsonObject[] = [
      ...applied.map(({ name, applied_at }) => ({ name, status: 'applied', applied_at: applied_at.toISOString() })),
      ...pending.map((name) => ({ name, status: 'pending', applied_at: null })),
    ];
    const item = {
      applied: applied.length,
      pending: pending.length,
      problem: problem?.message ?? null,
      columns: ['name', 'status', 'applied_at'],
      items,
    };
    const lines = [
      ...applied.map(({ name, applied_at }) => `applied  ${applied_at.toISOString()}  ${name}`),
      ...pending.map((name) => `pending  ${''.padEnd(24)}  ${name}`),
      ...(problem === null ? [] : ['', `${problem.message}; ${problem.remedy ?? ''}`]),
    ];
    return { ...itemOf(item, lines.join('\n')), exitCode: problem === null ? 0 : 6 };
  },
});
