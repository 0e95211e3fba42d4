import { OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import { inspectMigrations, type MigrationState } from '#foundation/postgres/migrate';

/** Where the SQL story of a database stands. */
export type MigrationsReport = MigrationState & {
  /** Why `migrate` would refuse; then neither list says anything. */
  readonly problem: OperatingError | null;
};

export async function readMigrations(database: Database, directory: string): Promise<MigrationsReport> {
  try {
    return { ...(await inspectMigrations(database, { directory })), problem: null };
  } catch (error) {
    if (error instanceof OperatingError && error.kind === 'conflict') {
      return { applied: [], pending: [], problem: error };
    }
    throw error;
  }
}
