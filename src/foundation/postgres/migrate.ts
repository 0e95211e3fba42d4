/**
 * Brings a database to the newest step of the linear SQL story.
 *
 * One migrator at a time (an advisory lock on the connection that does the work), each step in its own transaction
 * together with its row in `schema_migrations`. History is never rewritten: a step that was edited, removed, or put in
 * before one that has already run is refused, and so is a database that is newer than this code.
 */
import { OperatingError } from '../errors.ts';
import type { Database, PooledDatabase } from './database.ts';
import { constraintOf, sqlStateOf } from './database-error.ts';
import { type MigrationFile, migrationError, readMigrationFiles } from './migration-files.ts';

export type MigrationReport = {
  /** File names of the steps that this run applied, in order. */
  readonly applied: readonly string[];
  /** The number of the newest step in the database, 0 for an empty story. */
  readonly version: number;
};

export type MigrationState = {
  readonly applied: readonly { readonly version: number; readonly name: string; readonly applied_at: Date }[];
  readonly pending: readonly string[];
};

export type MigrateOptions = {
  readonly directory: string;
  /** How long to wait for another migrator. */
  readonly lockWaitMs?: number;
};

// Any constant does, as long as every version of this code uses the same: "spmigrat" in ASCII.
const LOCK_KEY = '8318268811227849076';
const LOCK_WAIT_MS = 120_000;

export async function migrate(database: PooledDatabase, options: MigrateOptions): Promise<MigrationReport> {
  const files = await readMigrationFiles(options.directory);
  return database.session(async (session) => {
    try {
      await lock(session, options.lockWaitMs ?? LOCK_WAIT_MS);
      await session.query(CREATE_TABLE);
      const history = await readHistory(session);
      refuseRewrittenHistory(files, history, options.directory);
      const pending = files.slice(history.length);
      for (const file of pending) await apply(session, file);
      return { applied: pending.map((file) => file.name), version: files[files.length - 1]?.version ?? 0 };
    } finally {
      // A connection that broke has given the lock back itself, and giving back what was never taken is a warning.
      await session.query('RESET statement_timeout; RESET lock_timeout').catch(() => undefined);
      await session.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
    }
  });
}

/** What has run and what would run, without changing anything; throws where `migrate` would refuse. */
export async function inspectMigrations(database: Database, options: MigrateOptions): Promise<MigrationState> {
  const files = await readMigrationFiles(options.directory);
  const [table] = await database.query<{ found: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS found`,
  );
  const history = table?.found === true ? await readHistory(database) : [];
  refuseRewrittenHistory(files, history, options.directory);
  return { applied: history, pending: files.slice(history.length).map((file) => file.name) };
}

const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

type HistoryRow = {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly applied_at: Date;
};

function readHistory(database: Database): Promise<readonly HistoryRow[]> {
  return database.query('SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version');
}

async function lock(session: Database, waitMs: number): Promise<void> {
  await session.query(`SET statement_timeout = 0; SET lock_timeout = ${Math.floor(waitMs)}`);
  try {
    await session.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  } catch (error) {
    if (sqlStateOf(error) !== '55P03') throw error;
    throw new OperatingError('conflict', 'migration_locked', `another migration has run for more than ${waitMs} ms`, {
      remedy: 'wait for it to end, or look for it with `systemprompt infra db info`, then start again',
      cause: error,
    });
  }
  await session.query('SET lock_timeout = 0');
}

/** The history must be exactly the beginning of the story. */
function refuseRewrittenHistory(
  files: readonly MigrationFile[],
  history: readonly HistoryRow[],
  directory: string,
): void {
  const newest = files[files.length - 1]?.version ?? 0;
  for (const [index, row] of history.entries()) {
    const file = files[index];
    if (row.version > newest) {
      const message = `the database has the migration ${row.name}, which this version does not know`;
      throw migrationError('migration_unknown', message, directory, 'start the newer version of systemprompt');
    }
    if (file === undefined || file.version > row.version) {
      const message = `the migration ${row.name} has run on this database, but its file is missing`;
      throw migrationError('migration_missing', message, directory, `put ${row.name} back as it was`);
    }
    if (file.version < row.version) {
      const message = `the migration ${file.name} comes before ${row.name}, which has already run`;
      throw migrationError('migration_out_of_order', message, file.path, 'give it the next free number');
    }
    if (file.checksum !== row.checksum) {
      const message = `the migration ${file.name} was edited after it had run on this database`;
      const remedy = 'put the file back as it was, and write the change as a new migration';
      throw migrationError('migration_edited', message, file.path, remedy);
    }
  }
}

async function apply(session: Database, file: MigrationFile): Promise<void> {
  try {
    await session.transaction(async (transaction) => {
      await transaction.query(file.sql);
      await transaction.query('INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)', [
        file.version,
        file.name,
        file.checksum,
      ]);
    });
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error;
    throw new OperatingError('internal', 'migration_failed', `the migration ${file.name} failed: ${detailOf(error)}`, {
      where: file.path,
      remedy: 'nothing of it was kept; mend the cause and start again',
      cause: error,
    });
  }
}

function detailOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const constraint = constraintOf(error);
  return constraint === undefined ? message : `${message} (${constraint})`;
}
