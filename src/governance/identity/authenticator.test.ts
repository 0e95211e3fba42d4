import { beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { type AuthenticationResult, type Authenticator, createAuthenticator } from './authenticator.ts';
import { sessionIdOf, tenantIdOf, userIdOf } from './branded-ids.ts';
import type { IdentityChange } from './identity-feed.ts';
import type { User } from './user.ts';
import { type ProvenCredential, verifiedCredential } from './verified-credential.ts';
import type { Verification } from './verify-credential.ts';

const user: User = {
  id: userIdOf('user-1'),
  tenantId: tenantIdOf('default'),
  kind: 'person',
  email: 'ada@example.com',
  name: 'Ada',
  roles: ['user'],
  department: null,
  status: 'active',
  createdAt: new Date(0),
};

let clock: ManualClock;
let live: boolean;
let lastLiveMs: number;
let isAway: boolean;
let asked: string[];
let verifying = 0;
let verifiedAtOnceMost = 0;
let known: Map<string, { proven: ProvenCredential; user: User }>;
let tell: (change: IdentityChange) => void;
let authenticator: Authenticator;

function setUp(cacheEntriesMax = 100): void {
  clock = createManualClock();
  live = true;
  lastLiveMs = 0;
  isAway = false;
  asked = [];
  verifying = 0;
  verifiedAtOnceMost = 0;
  known = new Map();
  authenticator = createAuthenticator({
    async verify(credential): Promise<Verification> {
      asked.push(credential);
      verifiedAtOnceMost = Math.max(verifiedAtOnceMost, ++verifying);
      await Promise.resolve();
      verifying--;
      if (isAway) throw new Error('the database is away');
      const found = known.get(credential);
      if (found === undefined) return { isGenuine: false, code: 'unknown' };
      return { isGenuine: true, verified: verifiedCredential(found.proven, found.user) };
    },
    feed: {
      isLive: () => live,
      lastLiveMs: () => (live ? clock.monotonicMs() : lastLiveMs),
      onChange: (listener) => {
        tell = listener;
      },
    },
    clock,
    logger: silentLogger,
    cacheEntriesMax,
    stalenessMsMax: 300_000,
  });
}
beforeEach(() => setUp());

function issue(credential: string, changes: Partial<ProvenCredential> = {}, owner: Partial<User> = {}): void {
  const proven: ProvenCredential = {
    kind: 'access_token',
    id: `id of ${credential}`,
    clientId: 'cli',
    sessionId: null,
    expiresAtMs: null,
    leewayMs: 30_000,
    audiences: new Set(['api', 'hooks']),
    scopes: new Set(['hook:govern']),
    refusedAs: null,
    ...changes,
  };
  known.set(credential, { proven, user: { ...user, ...owner } });
}

const ask = (credential: string | undefined, audience = 'api', scope?: string) =>
  authenticator.authenticate({ credential, audience, ...(scope === undefined ? {} : { scope }) });
const codeOf = (result: AuthenticationResult) => (result.ok ? 'ok' : result.failure.code);
const code = async (credential: string | undefined, audience?: string, scope?: string) =>
  codeOf(await ask(credential, audience, scope));

function goSilent(): void {
  lastLiveMs = clock.monotonicMs();
  live = false;
}

describe('a remembered credential', () => {
  test('is answered at once and without the database', async () => {
    issue('good');
    expect(await ask('good')).toMatchObject({ ok: true, principal: { userId: 'user-1', role: 'user' } });
    const again = ask('good');
    expect(again).not.toBeInstanceOf(Promise);
    expect(again).toMatchObject({ ok: true });
    expect(asked).toEqual(['good']);
  });

  test('is judged by expiry at each use, with the leeway of its kind', async () => {
    issue('token', { expiresAtMs: clock.nowMs() + 60_000 });
    expect(await code('token')).toBe('ok');
    clock.advance(89_999);
    expect(await code('token')).toBe('ok');
    clock.advance(1);
    expect(await code('token')).toBe('expired');
  });

  test('is judged by audience and scope at each use', async () => {
    issue('token');
    expect(await code('token', 'api')).toBe('ok');
    for (const other of ['web', 'API', 'api/', 'ap', 'api ', 'apis', ''])
      expect(await code('token', other)).toBe('wrong_audience');
    expect(await code('token', 'hooks', 'hook:govern')).toBe('ok');
    expect(await code('token', 'hooks', 'hook:track')).toBe('insufficient_scope');
  });

  test.each([
    ['its owner', { kind: 'user', id: 'user-1' }],
    ['itself', { kind: 'token', id: 'id of token' }],
    ['its session', { kind: 'session', id: 'session-1' }],
    ['everything', { kind: 'all' }],
  ] as const)('is asked for anew at the very next use after a change of %s', async (_what, change) => {
    issue('token', { sessionId: sessionIdOf('session-1') });
    expect(await code('token')).toBe('ok');
    issue('token', { sessionId: sessionIdOf('session-1') }, { status: 'suspended' });
    tell(change);
    expect(await code('token')).toBe('user_suspended');
    expect(asked).toHaveLength(2);
  });

  test('is not asked for anew after a change of somebody else', async () => {
    issue('token');
    await ask('token');
    for (const kind of ['user', 'pat', 'token', 'session'] as const) tell({ kind, id: 'other' });
    expect(await code('token')).toBe('ok');
    expect(asked).toHaveLength(1);
  });

  test('that was refused is refused from memory, until something changes', async () => {
    issue('token', { refusedAs: 'revoked' });
    expect([await code('token'), await code('token')]).toEqual(['revoked', 'revoked']);
    expect(asked).toHaveLength(1);
  });

  test('takes its role from the owner, and loses it with the owner', async () => {
    issue('token', {}, { roles: ['user', 'admin'] });
    expect(await ask('token')).toMatchObject({ principal: { role: 'admin' } });
    issue('token', {}, { roles: ['user'] });
    tell({ kind: 'user', id: 'user-1' });
    expect(await ask('token')).toMatchObject({ principal: { role: 'user' } });
  });
});

describe('the memory', () => {
  test('never takes one credential for another that shares its beginning or its end', async () => {
    const texts = ['a.b.c', 'a.b.d', 'x.b.c', 'a.b.c ', 'a.b.cc', 'a.b', 'A.b.c'];
    for (const text of texts) issue(text, {}, { id: userIdOf(`owner of ${text}`) });
    for (let round = 0; round < 2; round++) {
      for (const text of texts) expect(await ask(text)).toMatchObject({ principal: { userId: `owner of ${text}` } });
    }
    expect(asked).toEqual(texts);
  });

  test('is bounded, and forgets what was not used for longest', async () => {
    setUp(3);
    for (const text of ['a', 'b', 'c', 'd']) issue(text);
    for (const text of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await ask(text);
    expect(asked).toEqual(['a', 'b', 'c', 'd', 'b']);
  });

  test('does not keep what is not ours, so that guesses do not crowd it out', async () => {
    setUp(2);
    issue('good');
    await ask('good');
    for (let guess = 0; guess < 50; guess++) expect(await code(`guess ${guess}`)).toBe('unknown');
    expect(ask('good')).not.toBeInstanceOf(Promise);
  });

  test('does not keep what changed while it was being read', async () => {
    issue('token');
    const first = ask('token');
    tell({ kind: 'user', id: 'user-1' });
    issue('token', {}, { status: 'suspended' });
    expect(codeOf(await first)).toBe('user_suspended');
    expect(await code('token')).toBe('user_suspended');
  });

  test('asks once for many requests with one new credential', async () => {
    issue('token');
    const results = await Promise.all(Array.from({ length: 100 }, () => code('token')));
    expect(new Set(results)).toEqual(new Set(['ok']));
    expect(asked).toHaveLength(1);
  });

  test('verifies a crowd of new credentials in turns of 64, and each of them is told what it is', async () => {
    for (let person = 0; person < 1_000; person++) issue(`token ${person}`);
    const codes = await Promise.all(Array.from({ length: 1_500 }, (_, index) => code(`token ${index}`)));
    expect(codes.filter((each) => each === 'ok')).toHaveLength(1_000);
    expect(codes.filter((each) => each === 'unknown')).toHaveLength(500);
    expect(verifiedAtOnceMost).toBe(64);
  });

  test('refuses a flood of new credentials beyond its bound at once', async () => {
    const codes = await Promise.all(Array.from({ length: 4_300 }, (_, index) => code(`guess ${index}`)));
    expect(codes.filter((each) => each === 'unknown')).toHaveLength(64 + 4_096);
    expect(codes.filter((each) => each === 'identity_overloaded')).toHaveLength(140);
    expect(await code('guess')).toBe('unknown');
  });
});

describe('while changes are not heard', () => {
  test('a remembered credential is good for the bounded time and no longer', async () => {
    issue('token');
    await ask('token');
    clock.advance(3_600_000);
    goSilent();
    isAway = true;
    clock.advance(300_000);
    expect(ask('token')).toMatchObject({ ok: true });
    clock.advance(1);
    expect(await code('token')).toBe('identity_unavailable');
  });

  test('an unknown credential is refused when the database is away, and says so', async () => {
    goSilent();
    isAway = true;
    expect(await code('new')).toBe('identity_unavailable');
  });

  test('it still expires', async () => {
    issue('token', { expiresAtMs: clock.nowMs() + 60_000 });
    await ask('token');
    goSilent();
    clock.advance(90_000);
    expect(await code('token')).toBe('expired');
  });

  test('everything is asked for anew once they are heard again', async () => {
    issue('token');
    await ask('token');
    goSilent();
    issue('token', { refusedAs: 'revoked' });
    expect(await code('token')).toBe('ok');
    tell({ kind: 'all' });
    live = true;
    expect(await code('token')).toBe('revoked');
  });

  test('an outage right after they are heard again does not refuse what was good a moment ago', async () => {
    issue('token');
    await ask('token');
    clock.advance(3_600_000);
    goSilent();
    tell({ kind: 'all' });
    live = true;
    isAway = true;
    expect(await code('token')).toBe('ok');
    clock.advance(300_001);
    expect(await code('token')).toBe('identity_unavailable');
  });
});

describe('refusals', () => {
  test('tell a guess nothing: malformed and unknown have one text', async () => {
    const results = await Promise.all([ask('unknown'), ask('x'.repeat(9_000))]);
    expect(results.map(codeOf)).toEqual(['unknown', 'malformed']);
    const texts = results.map((result) => (result.ok ? '' : `${result.failure.message}|${result.failure.remedy}`));
    expect(new Set(texts).size).toBe(1);
  });

  test('of a missing credential ask for one', async () => {
    expect([await code(undefined), await code('')]).toEqual(['missing_credential', 'missing_credential']);
    expect(asked).toEqual([]);
  });

  test('never quote the credential', async () => {
    const result = await ask('sp-live-canary');
    expect(JSON.stringify(result)).not.toContain('canary');
  });
});
