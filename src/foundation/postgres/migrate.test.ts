import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import { createEmptyTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { createDatabase } from './database.ts';
import { inspectMigrations, migrate } from './migrate.ts';

const ADVISORY_LOCKS = `
  SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
  WHERE locktype = 'advisory' AND datname = current_database()`;

let own: TestDatabase;
let directory: string;

beforeEach(async () => {
  own = await createEmptyTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'systemprompt-migrations-'));
  await write('0001_first.sql', 'CREATE TABLE first (id integer); INSERT INTO first VALUES (1);');
  await write('0002_second.sql', 'CREATE TABLE second (id integer);');
});
afterEach(async () => {
  await own.drop();
  await rm(directory, { recursive: true });
});

function write(name: string, sql: string): Promise<void> {
  return writeFile(join(directory, name), sql);
}

async function tables(): Promise<readonly string[]> {
  const rows = await own.database.query<{ tablename: string }>(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
  );
  return rows.map((row) => row.tablename);
}

test('an empty database gets every step in order, and a second run does nothing', async () => {
  expect(await migrate(own.database, { directory })).toEqual({
    applied: ['0001_first.sql', '0002_second.sql'],
    version: 2,
  });
  expect(await migrate(own.database, { directory })).toEqual({ applied: [], version: 2 });
  expect(await tables()).toEqual(['first', 'schema_migrations', 'second']);
});

test('a step added later is applied to what is there', async () => {
  await migrate(own.database, { directory });
  await write('0003_third.sql', 'ALTER TABLE first ADD COLUMN word text;');
  expect(await migrate(own.database, { directory })).toEqual({ applied: ['0003_third.sql'], version: 3 });
  expect(await own.database.query('SELECT id, word FROM first')).toEqual([{ id: 1, word: null }]);
});

test('five migrators at once apply each step once', async () => {
  const databases = Array.from({ length: 5 }, () =>
    createDatabase({
      connectionString: own.connectionString,
      poolMax: 1,
      logger: silentLogger,
      clock: systemClock,
    }),
  );
  const reports = await Promise.all(databases.map((database) => migrate(database, { directory })));
  await Promise.all(databases.map((database) => database.close()));
  expect(reports.flatMap((report) => report.applied)).toEqual(['0001_first.sql', '0002_second.sql']);
  expect(await own.database.query('SELECT id FROM first')).toEqual([{ id: 1 }]);
});

test('an edited step is refused by its name, and nothing after it runs', async () => {
  await migrate(own.database, { directory });
  await write('0001_first.sql', 'CREATE TABLE first (id bigint);');
  await write('0003_third.sql', 'CREATE TABLE third (id integer);');
  await expect(migrate(own.database, { directory })).rejects.toMatchObject({
    kind: 'conflict',
    code: 'migration_edited',
    where: join(directory, '0001_first.sql'),
  });
  expect(await tables()).not.toContain('third');
});

test('line ends of another system are the same step', async () => {
  await write('0002_second.sql', 'CREATE TABLE second (\n  id integer\n);\n');
  await migrate(own.database, { directory });
  await write('0002_second.sql', 'CREATE TABLE second (\r\n  id integer\r\n);\r\n');
  expect(await migrate(own.database, { directory })).toEqual({ applied: [], version: 2 });
});

test('a step whose file is missing is refused', async () => {
  await migrate(own.database, { directory });
  await rm(join(directory, '0001_first.sql'));
  await expect(migrate(own.database, { directory })).rejects.toMatchObject({ code: 'migration_missing' });
});

test('a step put in before one that has run is refused', async () => {
  await rename(join(directory, '0002_second.sql'), join(directory, '0003_second.sql'));
  await migrate(own.database, { directory });
  await write('0002_between.sql', 'CREATE TABLE between_them (id integer);');
  await expect(migrate(own.database, { directory })).rejects.toMatchObject({
    code: 'migration_out_of_order',
    where: join(directory, '0002_between.sql'),
  });
});

test('a database newer than the code is refused', async () => {
  await write('0003_third.sql', 'SELECT 1;');
  await migrate(own.database, { directory });
  await rm(join(directory, '0003_third.sql'));
  await expect(migrate(own.database, { directory })).rejects.toMatchObject({
    code: 'migration_unknown',
    remedy: expect.stringContaining('newer version'),
  });
});

test('a step that fails is undone whole, those before it stay, and the next run continues', async () => {
  await write('0003_third.sql', 'CREATE TABLE third (id integer); SELECT 1 / 0;');
  await expect(migrate(own.database, { directory })).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringContaining('0003_third.sql'),
  });
  expect(await tables()).toEqual(['first', 'schema_migrations', 'second']);
  await write('0003_third.sql', 'CREATE TABLE third (id integer);');
  expect(await migrate(own.database, { directory })).toEqual({ applied: ['0003_third.sql'], version: 3 });
});

test('a migrator that waits too long for another says so, and the lock outlives no connection', async () => {
  await own.database.session(async (session) => {
    await session.query("SELECT pg_advisory_lock('8318268811227849076')");
    await expect(migrate(own.database, { directory, lockWaitMs: 20 })).rejects.toMatchObject({
      code: 'migration_locked',
    });
    await session.query("SELECT pg_advisory_unlock('8318268811227849076')");
  });
  expect(await own.database.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '0' }]);
  expect((await migrate(own.database, { directory })).applied).toHaveLength(2);
  expect(await own.database.query(ADVISORY_LOCKS)).toEqual([]);
});

test('files with a wrong name or one number twice are refused before anything runs', async () => {
  await write('0002_twin.sql', 'SELECT 1;');
  await expect(migrate(own.database, { directory })).rejects.toMatchObject({ code: 'migration_number' });
  await rm(join(directory, '0002_twin.sql'));
  await write('3_third.sql', 'SELECT 1;');
  await expect(migrate(own.database, { directory })).rejects.toMatchObject({ code: 'migration_name' });
  expect(await tables()).toEqual([]);
});

test('looking at the state changes nothing', async () => {
  const state = await inspectMigrations(own.database, { directory });
  expect(state).toEqual({ applied: [], pending: ['0001_first.sql', '0002_second.sql'] });
  expect(await tables()).toEqual([]);
  await migrate(own.database, { directory });
  const after = await inspectMigrations(own.database, { directory });
  expect([after.applied.map((row) => row.name), after.pending]).toEqual([['0001_first.sql', '0002_second.sql'], []]);
});
