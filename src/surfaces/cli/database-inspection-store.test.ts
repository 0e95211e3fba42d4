import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { createDatabaseInspection, type DatabaseInspection } from './database-inspection-store.ts';

const BOUNDS = { rowsMax: 10, timeoutMs: 5_000 };

let test: TestDatabase;
let inspection: DatabaseInspection;

beforeAll(async () => {
  test = await createTestDatabase();
  inspection = createDatabaseInspection(test.database);
  await test.database.query(`
    CREATE TABLE kept (id integer PRIMARY KEY, note text NOT NULL DEFAULT 'none');
    CREATE FUNCTION add_one() RETURNS integer LANGUAGE sql VOLATILE AS 'INSERT INTO kept (id) VALUES (99) RETURNING id';
    CREATE SEQUENCE kept_numbers;
  `);
});

beforeEach(() => test.database.query(`DELETE FROM kept; INSERT INTO kept VALUES (1, 'first'), (2, 'second')`));

afterAll(() => test?.drop());

async function survived(): Promise<void> {
  expect(await test.database.query('SELECT id, note FROM kept ORDER BY id')).toEqual([
    { id: 1, note: 'first' },
    { id: 2, note: 'second' },
  ]);
}

describe('a query', () => {
  it.each([
    ['SELECT id FROM kept ORDER BY id', [{ id: 1 }, { id: 2 }]],
    ['select id from kept where id = 1;', [{ id: 1 }]],
    ['-- a remark\n/* and /* a nested */ one */ ( SELECT 1 AS one )', [{ one: 1 }]],
    ['WITH two AS (SELECT 2 AS n) SELECT n FROM two -- trailing', [{ n: 2 }]],
    ['VALUES (1), (2)', [{ column1: 1 }, { column1: 2 }]],
    [
      'TABLE kept',
      [
        { id: 1, note: 'first' },
        { id: 2, note: 'second' },
      ],
    ],
    ["SELECT 'a; DROP TABLE kept; --' AS harmless", [{ harmless: 'a; DROP TABLE kept; --' }]],
    ['SHOW transaction_read_only', [{ transaction_read_only: 'on' }]],
  ])('reads: %s', async (sql, items) => {
    expect(await inspection.query(sql, BOUNDS)).toEqual({ items, isCut: false });
  });

  it('explains, and tells times, bytes, numbers and documents as JSON', async () => {
    expect((await inspection.query('EXPLAIN SELECT 1', BOUNDS)).items.length).toBeGreaterThan(0);
    const sql = `SELECT '2026-11-23 12:00:00+00'::timestamptz AS at, '\\x00ff'::bytea AS bytes, 9007199254740993::bigint AS large,
      1.50::numeric AS exact, '{"a":[1]}'::jsonb AS document, ARRAY['x','y'] AS words, NULL AS nothing, interval '90 s' AS span`;
    expect((await inspection.query(sql, BOUNDS)).items).toEqual([
      {
        at: '2026-11-23T12:00:00.000Z',
        bytes: '\\x00ff',
        large: '9007199254740993',
        exact: '1.50',
        document: { a: [1] },
        words: ['x', 'y'],
        nothing: null,
        span: 'P0Y0M0DT0H1M30S',
      },
    ]);
  });

  it('is cut at its bound, however many rows there would be', async () => {
    const result = await inspection.query('SELECT generate_series(1, 1000000000) AS n', BOUNDS);
    expect(result.items).toHaveLength(10);
    expect(result.isCut).toBe(true);
  });

  it('ends at its time limit', async () => {
    await expect(inspection.query('SELECT pg_sleep(60)', { rowsMax: 1, timeoutMs: 50 })).rejects.toMatchObject({
      kind: 'timeout',
    });
  });

  it('says what the database says of a mistake', async () => {
    await expect(inspection.query('SELECT nope FROM kept', BOUNDS)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('column "nope" does not exist'),
    });
  });
});

describe('a write is refused and changes nothing', () => {
  it.each([
    ['plainly', 'DELETE FROM kept'],
    ['behind a comment', '/* SELECT */ DELETE FROM kept'],
    ['behind nested comments', '/* /* */ SELECT */ -- SELECT\n DROP TABLE kept'],
    ['behind an unfinished comment', '/* SELECT 1'],
    ['behind a parenthesis', '(DELETE FROM kept)'],
    ['as a second statement', 'SELECT 1; DELETE FROM kept'],
    ['after a commit', 'SELECT 1; COMMIT; DELETE FROM kept; BEGIN; SELECT 1'],
    ['after a commit behind a comment', 'SELECT 1 /* ; */ ; COMMIT ; DROP TABLE kept --'],
    ['after leaving the read-only mode', 'SELECT 1; SET TRANSACTION READ WRITE; DELETE FROM kept'],
    ['in a common table expression', 'WITH gone AS (DELETE FROM kept RETURNING id) SELECT * FROM gone'],
    ['as the end of one', 'WITH x AS (SELECT 1) DELETE FROM kept'],
    ['into a new table', 'SELECT * INTO copied FROM kept'],
    ['by a function', 'SELECT add_one()'],
    [
      'by a function, once the mode was turned off',
      "SELECT set_config('transaction_read_only', 'off', true), add_one()",
    ],
    ['by leaving the mode for the session', "SELECT set_config('transaction_read_only', 'off', false), add_one()"],
    ['by a sequence', "SELECT nextval('kept_numbers')"],
    ['by explaining it', 'EXPLAIN ANALYZE DELETE FROM kept'],
    ['by a row lock', 'SELECT * FROM kept FOR UPDATE'],
    ['by copying', "COPY kept FROM PROGRAM 'echo 3'"],
    ['by a block of code', 'DO $$ BEGIN DELETE FROM kept; END $$'],
    ['by ending the cursor early', 'SELECT 1) ; DELETE FROM kept; --'],
    ['by nothing at all', ''],
  ])('%s', async (_, sql) => {
    await expect(inspection.query(sql, BOUNDS)).rejects.toMatchObject({
      kind: expect.stringMatching(/^(invalid_input|not_supported)$/),
    });
    await survived();
  });

  it('and leaves the connection as it was', async () => {
    await inspection.query('SELECT 1', BOUNDS);
    await inspection.query('DELETE FROM kept', BOUNDS).catch(() => undefined);
    await test.database.query("INSERT INTO kept VALUES (3, 'third')");
    expect(await inspection.count('kept')).toBe(3);
  });
});

describe('the tables', () => {
  it('are listed with their columns, indexes and sizes', async () => {
    expect(await inspection.tables()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ table: 'kept', kind: 'table' }),
        expect.objectContaining({ table: 'audit_trail', kind: 'view', size_bytes: 0 }),
      ]),
    );
    expect(await inspection.columns('kept')).toEqual([
      { column: 'id', type: 'integer', nullable: false, default: null },
      { column: 'note', type: 'text', nullable: false, default: "'none'::text" },
    ]);
    expect(await inspection.indexes('kept')).toMatchObject([{ table: 'kept', index: 'kept_pkey', unique: true }]);
    expect((await inspection.indexes(undefined)).length).toBeGreaterThan(10);
    expect(await inspection.info()).toMatchObject({ is_replica: false, size_bytes: expect.any(Number) });
  });

  it('are found by their exact name only, so that a name cannot be a statement', async () => {
    for (const name of ['kept; DROP TABLE kept', 'KEPT', 'kept" --', "kept' OR true", 'pg_class', 'nope']) {
      await expect(inspection.count(name)).rejects.toMatchObject({ kind: 'not_found' });
      await expect(inspection.columns(name)).rejects.toMatchObject({ kind: 'not_found' });
      await expect(inspection.indexes(name)).rejects.toMatchObject({ kind: 'not_found' });
    }
    await survived();
  });
});
