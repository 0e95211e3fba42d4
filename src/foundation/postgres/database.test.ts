import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { createDatabase, type DatabaseOptions, describeConnection, type PooledDatabase } from './database.ts';
import { constraintOf, isUniqueViolation, sqlStateOf } from './database-error.ts';

let own: TestDatabase;
let extra: PooledDatabase[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
  await own.database.query('CREATE TABLE word (text text PRIMARY KEY)');
});
afterEach(async () => {
  await Promise.all(extra.map((database) => database.close()));
  extra = [];
  await own.database.query('TRUNCATE word');
});
afterAll(() => own.drop());

function another(options: Partial<DatabaseOptions> = {}): PooledDatabase {
  const database = createDatabase({
    connectionString: own.connectionString,
    poolMax: 2,
    logger: silentLogger,
    clock: systemClock,
    ...options,
  });
  extra.push(database);
  return database;
}

async function words(): Promise<readonly string[]> {
  const rows = await own.database.query<{ text: string }>('SELECT text FROM word ORDER BY text');
  return rows.map((row) => row.text);
}

test('bigint columns come back as numbers while they are safe, as text beyond', async () => {
  const rows = await own.database.query('SELECT 9007199254740991::bigint AS safe, 9007199254740993::bigint AS big');
  expect(rows).toEqual([{ safe: 9007199254740991, big: '9007199254740993' }]);
});

test('a parameter is a value and never a piece of the statement', async () => {
  const attack = "x'); DROP TABLE word; --";
  await own.database.query('INSERT INTO word VALUES ($1)', [attack]);
  expect(await words()).toEqual([attack]);
});

test('several statements without parameters run as one text', async () => {
  await own.database.query("INSERT INTO word VALUES ('a'); INSERT INTO word VALUES ('b')");
  expect(await words()).toEqual(['a', 'b']);
});

test('a named statement is prepared once per connection and runs with new values', async () => {
  await own.database.session(async (session) => {
    const read = (value: number) => session.query('SELECT $1::int AS value', [value], { name: 'read_value' });
    expect(await read(1)).toEqual([{ value: 1 }]);
    expect(await read(2)).toEqual([{ value: 2 }]);
    expect(await session.query('SELECT name FROM pg_prepared_statements')).toEqual([{ name: 'read_value' }]);
  });
});

test('a transaction that throws leaves nothing behind', async () => {
  const broken = own.database.transaction(async (transaction) => {
    await transaction.query("INSERT INTO word VALUES ('a')");
    throw new Error('changed my mind');
  });
  await expect(broken).rejects.toThrow('changed my mind');
  expect(await words()).toEqual([]);
});

test('a transaction inside a transaction undoes only itself', async () => {
  await own.database.transaction(async (outer) => {
    await outer.query("INSERT INTO word VALUES ('kept')");
    await outer
      .transaction(async (inner) => {
        await inner.query("INSERT INTO word VALUES ('undone')");
        await inner.transaction((innermost) => innermost.query("INSERT INTO word VALUES ('kept')"));
      })
      .catch((error: unknown) => expect(isUniqueViolation(error)).toBe(true));
    await outer.query("INSERT INTO word VALUES ('after')");
  });
  expect(await words()).toEqual(['after', 'kept']);
});

test('a broken constraint keeps its SQLSTATE and its name for the store to judge, and the pool its connection', async () => {
  const database = another({ poolMax: 1 });
  const pid = await database.query('SELECT pg_backend_pid() AS pid');
  await database.query("INSERT INTO word VALUES ('a')");
  const error = await database.query("INSERT INTO word VALUES ('a')").catch((thrown: unknown) => thrown);
  expect([isUniqueViolation(error), sqlStateOf(error), constraintOf(error)]).toEqual([true, '23505', 'word_pkey']);
  expect(await database.query('SELECT pg_backend_pid() AS pid')).toEqual(pid);
});

test('a statement that takes too long is ended and says so', async () => {
  const database = another({ statementTimeoutMs: 30 });
  await expect(database.query('SELECT pg_sleep(20)')).rejects.toMatchObject({
    kind: 'timeout',
    code: 'database_statement_timeout',
  });
});

test('a database that is away is unavailable, and the message holds no password', async () => {
  const database = another({ connectionString: 'postgresql://someone:hunter2@127.0.0.1:1/nowhere' });
  const error = await database.query('SELECT 1').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    kind: 'unavailable',
    code: 'database_unavailable',
    where: 'postgresql://127.0.0.1:1/nowhere',
    remedy: 'systemprompt doctor',
  });
  expect(String(error)).not.toContain('hunter2');
});

test('wrong credentials and a missing database are unavailable, not a crash', async () => {
  const wrong = new URL(own.connectionString);
  wrong.password = 'wrong';
  const missing = new URL(own.connectionString);
  missing.pathname = '/no_such_database';
  for (const url of [wrong, missing]) {
    await expect(another({ connectionString: url.href }).query('SELECT 1')).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  }
});

test('a connection that the server ended is replaced by the next query', async () => {
  const database = another({ poolMax: 1 });
  const ended = database.query('SELECT pg_terminate_backend(pg_backend_pid())');
  await expect(ended).rejects.toMatchObject({ code: 'database_unavailable' });
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a connection that ends inside a transaction loses the transaction only', async () => {
  const database = another({ poolMax: 1 });
  const broken = database.transaction(async (transaction) => {
    await transaction.query("INSERT INTO word VALUES ('lost')");
    await transaction.query('SELECT pg_terminate_backend(pg_backend_pid())');
  });
  await expect(broken).rejects.toMatchObject({ code: 'database_unavailable' });
  await database.query("INSERT INTO word VALUES ('kept')");
  expect(await words()).toEqual(['kept']);
});

test('one caller too many is refused at once instead of queued', async () => {
  const database = another({ poolMax: 1, waitingMax: 1 });
  await database.session(async (session) => {
    const waiting = database.query('SELECT 1 AS one');
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ kind: 'unavailable', code: 'database_busy' });
    await session.query('SELECT 1');
    waiting.catch(() => undefined);
  });
});

test('after close every query is refused, and closing twice is one closing', async () => {
  const database = another();
  await database.query('SELECT 1');
  await Promise.all([database.close(), database.close()]);
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'database_closed' });
});

test('a connection is described without user and password', () => {
  expect(describeConnection('postgresql://me:secret@db.example:5433/app?sslmode=require')).toBe(
    'postgresql://db.example:5433/app',
  );
  expect(describeConnection('not a url with secret')).toBe('DATABASE_URL');
});

test('a notification reaches the listeners of its channel and no other', async () => {
  const database = another();
  const received: string[] = [];
  const stop = await database.listen('news "quoted"', (payload) => received.push(payload));
  await database.listen('other', (payload) => received.push(`other ${payload}`));
  await own.database.query(`SELECT pg_notify('news "quoted"', 'first')`);
  await expect.poll(() => received).toEqual(['first']);
  await stop();
  await own.database.query(`SELECT pg_notify('news "quoted"', 'second'), pg_notify('other', 'third')`);
  await expect.poll(() => received).toEqual(['first', 'other third']);
});

test('a listener whose connection broke hears of it, and again when it is back', async () => {
  const database = another({ applicationName: 'broken one' });
  const states: string[] = [];
  const received: string[] = [];
  await database.listen(
    'news',
    (payload) => received.push(payload),
    (state) => states.push(state),
  );
  await own.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'broken one listener'`,
  );
  await expect.poll(() => states, { timeout: 10_000 }).toEqual(['connected', 'disconnected', 'connected']);
  await own.database.query("SELECT pg_notify('news', 'again')");
  await expect.poll(() => received).toEqual(['again']);
});

test('listening to a database that is away fails as unavailable', async () => {
  const database = another({ connectionString: 'postgresql://someone@127.0.0.1:1/nowhere' });
  await expect(database.listen('news', () => undefined)).rejects.toMatchObject({ code: 'database_unavailable' });
});

test('a listener that throws silences no other', async () => {
  const database = another();
  const received: string[] = [];
  await database.listen('news', () => {
    throw new Error('broken listener');
  });
  await database.listen('news', (payload) => received.push(payload));
  await own.database.query("SELECT pg_notify('news', 'heard')");
  await expect.poll(() => received).toEqual(['heard']);
});
