import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { clientIdOf, sessionIdOf, userIdOf } from './branded-ids.ts';
import { beginCorrelation, type CorrelationSubject, derivedSession } from './correlation.ts';
import type { IdentityChange } from './identity-feed.ts';
import { createSessionBinding, type SessionBinder } from './session-binding.ts';

let cluster: TestDatabase;
let clock: ManualClock;
const ids = createIdSource(() => 0);

beforeAll(async () => {
  cluster = await createTestDatabase();
  for (const id of ['ada', 'bob']) {
    const values = [id, `${id}@example.com`];
    await cluster.database.query(
      "INSERT INTO users (id, tenant_id, name, email) VALUES ($1, 'default', $1, $2)",
      values,
    );
  }
});
afterAll(() => cluster.drop());
beforeEach(async () => {
  clock = createManualClock();
  await cluster.database.query('DELETE FROM sessions');
});

function newProcess(database: Database = cluster.database, namesMax = 100) {
  let tell: (change: IdentityChange) => void = () => {};
  const feed = {
    onChange(listener: typeof tell) {
      tell = listener;
    },
  };
  const binding = createSessionBinding({ database, feed, clock, logger: silentLogger, namesMax });
  return { ...binding, tell: (change: IdentityChange) => tell(change) };
}

const subject = (userId: string, sessionId: string | null = null): CorrelationSubject => ({
  userId: userIdOf(userId),
  clientId: clientIdOf('pat'),
  sessionId: sessionId === null ? null : sessionIdOf(sessionId),
});

async function bind(at: SessionBinder, userId: string, name: string | undefined, own: string | null = null) {
  const bound = await at.bind(subject(userId, own), name);
  return bound.ok ? bound.sessionId : bound.error.code;
}

describe('a session that a client names', () => {
  test('is the user’s who used it first, in every process and after a restart', async () => {
    const [one, other] = [newProcess(), newProcess()];
    expect(await bind(one, 'ada', 'my-session')).toBe('my-session');
    expect(await bind(one, 'bob', 'my-session')).toBe('foreign_session');
    expect(await bind(other, 'bob', 'my-session')).toBe('foreign_session');
    expect(await bind(other, 'ada', 'my-session')).toBe('my-session');
  });

  test('goes to exactly one of two users who claim it at once', async () => {
    const [one, other] = [newProcess(), newProcess()];
    for (let round = 0; round < 20; round++) {
      const results = await Promise.all([
        bind(one, 'ada', `s-${round}`),
        bind(one, 'bob', `s-${round}`),
        bind(other, 'ada', `s-${round}`),
        bind(other, 'bob', `s-${round}`),
      ]);
      expect(results.filter((result) => result === 'foreign_session')).toHaveLength(2);
      expect(results[0]).toBe(results[2]);
    }
  });

  test('is answered without waiting once it is known', async () => {
    const at = newProcess();
    await at.bind(subject('ada'), 'my-session');
    expect(at.bind(subject('ada'), 'my-session')).toEqual({ ok: true, sessionId: 'my-session' });
    expect(at.bind(subject('bob'), 'my-session')).toMatchObject({ ok: false });
  });

  test('counts before the session of the credential, which stays the answer when none is named', async () => {
    const at = newProcess();
    expect(await bind(at, 'ada', undefined, 'login-1')).toBe('login-1');
    expect(await bind(at, 'ada', 'login-1', 'login-1')).toBe('login-1');
    expect(await bind(at, 'ada', 'my-session', 'login-1')).toBe('my-session');
    expect(await bind(at, 'ada', undefined)).toBeNull();
  });

  test('cannot be another user’s sign-in, or an id that is derived for somebody', async () => {
    const at = newProcess();
    await cluster.database.query(
      "INSERT INTO sessions (id, user_id, client_id, kind) VALUES ('login-of-bob', 'bob', 'cli', 'login')",
    );
    expect(await bind(at, 'ada', 'login-of-bob')).toBe('foreign_session');
    expect(await bind(at, 'bob', 'login-of-bob')).toBe('login-of-bob');
    const derived = derivedSession(subject('bob'));
    expect(await bind(at, 'ada', derived)).toBe('foreign_session');
    expect(await bind(at, 'bob', derived)).toBe(derived);
  });

  test('is no longer good once it was ended', async () => {
    const at = newProcess();
    await bind(at, 'ada', 'my-session');
    await cluster.database.query("UPDATE sessions SET ended_at = now() WHERE id = 'my-session'");
    at.tell({ kind: 'session', id: 'my-session' });
    expect(await bind(at, 'ada', 'my-session')).toBe('session_ended');
  });

  test.each(['', 'a b', 'x'.repeat(201), "'; DROP TABLE sessions; --", 'a\r\nb', 'é'])(
    'counts as none when it is %j',
    async (name) => {
      expect(await bind(newProcess(), 'ada', name)).toBeNull();
    },
  );

  test('of an anonymous caller or an unknown user is not written down', async () => {
    const at = newProcess();
    expect(await bind(at, 'anonymous', 'my-session')).toBeNull();
    expect(await bind(at, 'ghost', 'my-session')).not.toBe('my-session');
    expect(await bind(at, 'ada', 'my-session')).toBe('my-session');
  });

  test('is remembered within a bound', async () => {
    const at = newProcess(cluster.database, 2);
    for (const name of ['a', 'b', 'c']) await at.bind(subject('ada'), name);
    expect(at.bind(subject('ada'), 'c')).not.toBeInstanceOf(Promise);
    const forgotten = at.bind(subject('ada'), 'a');
    expect(forgotten).toBeInstanceOf(Promise);
    await forgotten;
  });

  test('is shown with when it was last seen', async () => {
    const at = newProcess();
    await bind(at, 'ada', 'my-session');
    clock.advance(60_000);
    await bind(at, 'ada', 'my-session');
    await at.flush();
    const rows = await cluster.database.query<{ seconds: number }>(
      'SELECT extract(epoch FROM last_seen_at - started_at)::int AS seconds FROM sessions',
    );
    expect(rows).toEqual([{ seconds: 60 }]);
  });
});

describe('while the database is away', () => {
  const refuse = () => Promise.reject(new Error('the database is away'));
  const away: Database = { ...({} as Database), query: refuse, transaction: refuse };

  test('a new name becomes a session that nobody else can have', async () => {
    const at = newProcess(away);
    const mine = await bind(at, 'ada', 'my-session');
    expect(mine).toMatch(/^[0-9a-f-]{36}$/);
    expect(await bind(at, 'ada', 'my-session')).toBe(mine);
    expect(await bind(at, 'bob', 'my-session')).not.toBe(mine);
    expect(await bind(newProcess(), 'bob', mine ?? undefined)).toBe('foreign_session');
  });

  test('nobody waits longer than a second', async () => {
    const silent: Database = { ...away, query: () => new Promise(() => {}) };
    const bound = bind(newProcess(silent), 'ada', 'my-session');
    clock.advance(1_000);
    expect(await bound).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test('a correlation takes the bound session, and nothing else makes one', async () => {
  const bound = await newProcess().bind(subject('ada'), 'my-session');
  const sessionId = bound.ok ? bound.sessionId : null;
  const correlation = beginCorrelation({ ...subject('ada'), sessionId }, {}, ids);
  expect(correlation).toMatchObject({ userId: 'ada', sessionId: 'my-session' });
});
