import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.drop());

test('bigint columns come back as numbers while they are safe, as text beyond', async () => {
  const rows = await own.database.query('SELECT 9007199254740991::bigint AS safe, 9007199254740993::bigint AS big');
  expect(rows).toEqual([{ safe: 9007199254740991, big: '9007199254740993' }]);
});
