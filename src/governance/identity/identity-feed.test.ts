import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { systemClock } from '#foundation/time';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { createIdentityFeed, type IdentityChange, type IdentityFeed } from './identity-feed.ts';

let cluster: TestDatabase;
let heard: IdentityChange[];
const started: IdentityFeed[] = [];

beforeAll(async () => {
  cluster = await createTestDatabase();
  await cluster.database.query(
    "INSERT INTO users (id, tenant_id, name, email) VALUES ('ada', 'default', 'Ada', 'ada@example.com')",
  );
});
afterAll(() => cluster.drop());
beforeEach(() => {
  heard = [];
});
afterEach(async () => {
  for (const feed of started.splice(0)) await feed.stop();
});

async function listen(database: Database, clock = systemClock): Promise<IdentityFeed> {
  const feed = createIdentityFeed({ database, clock, logger: silentLogger });
  started.push(feed);
  feed.onChange((change) => heard.push(change));
  await feed.start();
  return feed;
}

const hears = (expected: IdentityChange) =>
  expect.poll(() => heard, { timeout: 2_000, interval: 5 }).toContainEqual(expected);

test('changes in the tables are heard, whoever made them, and uses are not', async () => {
  const { database } = cluster;
  const feed = await listen(database);
  expect(feed.isLive()).toBe(true);
  heard = [];
  const hash = Buffer.alloc(32);
  await database.query(
    "INSERT INTO personal_access_tokens (id, user_id, name, prefix, credential_hash) VALUES ('p', 'ada', 'x', 'sp-live-0123456789ab', $1)",
    [hash],
  );
  await database.query("INSERT INTO sessions (id, user_id, client_id, kind) VALUES ('s', 'ada', 'cli', 'login')");
  await database.query('UPDATE personal_access_tokens SET last_used_at = now()');
  await database.query('UPDATE sessions SET last_seen_at = now()');
  await database.query("UPDATE users SET roles = '{admin}'");
  await hears({ kind: 'user', id: 'ada' });
  expect(heard).toEqual([{ kind: 'user', id: 'ada' }]);
  await database.query('UPDATE personal_access_tokens SET revoked_at = now()');
  await hears({ kind: 'pat', id: 'sp-live-0123456789ab' });
  await database.query('UPDATE sessions SET ended_at = now()');
  await hears({ kind: 'session', id: 's' });
  await database.query("INSERT INTO revoked_tokens (jti, expires_at) VALUES ('j', now())");
  await hears({ kind: 'token', id: 'j' });
  heard = [];
  await database.query('TRUNCATE sessions');
  await hears({ kind: 'all' });
});

test('after the connection was cut everything counts as changed, and the feed is live again', async () => {
  const { database } = cluster;
  const feed = await listen(database);
  heard = [];
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%listener' AND datname = current_database()",
  );
  await hears({ kind: 'all' });
  await expect.poll(() => feed.isLive(), { timeout: 2_000, interval: 5 }).toBe(true);
  await database.query("UPDATE users SET department = 'x'");
  await hears({ kind: 'user', id: 'ada' });
});

test('a connection that went silent without a word is not live, and its first sound marks everything', async () => {
  const clock: ManualClock = createManualClock();
  let deliver: (payload: string) => void = () => {};
  const database: Database = {
    ...cluster.database,
    query: () => Promise.resolve([]),
    async listen(_channel, onPayload, onState) {
      deliver = onPayload;
      onState?.('connected');
      return async () => {};
    },
  };
  const feed = await listen(database, clock);
  clock.advance(12_000);
  expect([feed.isLive(), feed.lastLiveMs()]).toEqual([true, 12_000]);
  clock.advance(1);
  expect([feed.isLive(), feed.lastLiveMs()]).toEqual([false, 0]);
  heard = [];
  deliver('user:ada');
  expect(heard).toEqual([{ kind: 'all' }, { kind: 'user', id: 'ada' }]);
  expect(feed.isLive()).toBe(true);
  heard = [];
  deliver('probe');
  deliver('nonsense');
  expect(heard).toEqual([{ kind: 'all' }]);
});

test('a database that is away at the start is no error; the feed begins when it is there', async () => {
  const clock = createManualClock();
  let isAway = true;
  const database: Database = {
    ...cluster.database,
    query: () => Promise.reject(new Error('away')),
    async listen(_channel, _onPayload, onState) {
      if (isAway) throw new Error('away');
      onState?.('connected');
      return async () => {};
    },
  };
  const feed = await listen(database, clock);
  expect(feed.isLive()).toBe(false);
  isAway = false;
  clock.advance(5_000);
  await expect.poll(() => feed.isLive()).toBe(true);
});
