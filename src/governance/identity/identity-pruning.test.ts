import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { createManualClock } from '#tests/support/manual-clock';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { createIdentityPruning } from './identity-pruning.ts';

let cluster: TestDatabase;
const clock = createManualClock();
const DAY_MS = 86_400_000;

beforeAll(async () => {
  cluster = await createTestDatabase();
  await cluster.database.query(
    "INSERT INTO users (id, tenant_id, name, email) VALUES ('ada', 'default', 'ada', 'ada@example.com')",
  );
});
afterAll(() => cluster.drop());

async function sessions(): Promise<readonly string[]> {
  const rows = await cluster.database.query<{ id: string }>('SELECT id FROM sessions ORDER BY id');
  return rows.map(({ id }) => id);
}

it('forgets names of sessions that nobody used for ninety days, once an hour, until it is stopped', async () => {
  for (const [id, days] of [
    ['fresh', 1],
    ['old', 91],
  ] as const) {
    const seen = new Date(clock.nowMs() - days * DAY_MS);
    await cluster.database.query(
      `INSERT INTO sessions (id, user_id, client_id, kind, started_at, last_seen_at) VALUES ($1, 'ada', 'pat', 'named', $2, $2)`,
      [id, seen],
    );
  }
  const removed = Promise.withResolvers<void>();
  const logger = { ...silentLogger, info: () => removed.resolve() };
  const pruning = createIdentityPruning({ database: cluster.database, clock, logger });
  pruning.start?.();
  expect(await sessions()).toEqual(['fresh', 'old']);
  clock.advance(3_600_000);
  await removed.promise;
  expect(await sessions()).toEqual(['fresh']);
  pruning.stop?.();
});

it('tries again when the database is away, and fails nobody', async () => {
  const warned = Promise.withResolvers<void>();
  const logger = { ...silentLogger, warn: () => warned.resolve() };
  const database = { ...cluster.database, query: () => Promise.reject(new Error('the database is away')) };
  const pruning = createIdentityPruning({ database, clock, logger });
  pruning.start?.();
  clock.advance(3_600_000);
  await warned.promise;
  pruning.stop?.();
});
