import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { createDatabase, type PooledDatabase } from '#foundation/postgres/database';
import { systemClock } from '#foundation/time';

export type TestDatabase = {
  readonly connectionString: string;
  readonly database: PooledDatabase;
  /** Closes `database` and removes the database itself, whoever is still connected. */
  drop(): Promise<void>;
};

/** A database of its own with every migration applied, in some tens of milliseconds: a clone of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const problem = inject('testTemplateProblem');
  if (problem !== '') throw new Error(`the test database has no tables: ${problem}`);
  return makeDatabase(`TEMPLATE ${inject('testTemplate')}`);
}

/** A database of its own with nothing in it. */
export async function createEmptyTestDatabase(): Promise<TestDatabase> {
  return makeDatabase('');
}

async function makeDatabase(origin: string): Promise<TestDatabase> {
  const name = `sp_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('testApplicationUrl'));
  const owner = decodeURIComponent(url.username);
  await onServer((server) => server.query(`CREATE DATABASE ${name} ${origin} OWNER "${owner}"`));
  url.pathname = `/${name}`;
  const database = createDatabase({
    connectionString: url.href,
    poolMax: 8,
    logger: silentLogger,
    clock: systemClock,
    applicationName: 'systemprompt test',
  });
  return {
    connectionString: url.href,
    database,
    async drop() {
      await database.close();
      await onServer((server) => server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

async function onServer(run: (server: PooledDatabase) => Promise<unknown>): Promise<void> {
  const server = createDatabase({
    connectionString: inject('testServerUrl'),
    poolMax: 1,
    logger: silentLogger,
    clock: systemClock,
  });
  try {
    await run(server);
  } finally {
    await server.close();
  }
}
