import type { IdSource } from '#foundation/ids';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import { createDatabase, type PooledDatabase } from '#foundation/postgres/database';
import { createEmbeddedPostgres } from '#foundation/postgres/embedded';
import { type MigrationReport, migrate } from '#foundation/postgres/migrate';
import type { Clock } from '#foundation/time';
import type { Home } from './home.ts';
import { MIGRATIONS } from './migrations-directory.ts';

export type OpenDatabaseDeps = {
  readonly home: Home;
  /** Null: the embedded server. */
  readonly databaseUrl: string | null;
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
};

export type OpenedDatabase = {
  readonly connectionString: string;
  readonly embedded: boolean;
  readonly database: PooledDatabase;
  readonly migrated: MigrationReport;
  /** Closes the pool and, when it is ours, the server. */
  readonly part: Part;
};

/** A database with every migration applied: the given one, or our own server, started as our child. */
export async function openDatabase(deps: OpenDatabaseDeps): Promise<OpenedDatabase> {
  const { home, databaseUrl, clock, ids, logger } = deps;
  const server =
    databaseUrl === null ? createEmbeddedPostgres({ directory: home.postgres, logger, clock, ids }) : undefined;
  const connectionString = databaseUrl ?? (await server?.start())?.connectionString ?? '';
  const database = createDatabase({
    connectionString,
    poolMax: deps.poolMax,
    statementTimeoutMs: deps.statementTimeoutMs,
    logger,
    clock,
    applicationName: 'systemprompt',
  });
  async function stop(): Promise<void> {
    await database.close();
    await server?.stop();
  }
  try {
    const migrated = await migrate(database, { directory: MIGRATIONS });
    return { connectionString, embedded: server !== undefined, database, migrated, part: { name: 'database', stop } };
  } catch (error) {
    await stop();
    throw error;
  }
}
