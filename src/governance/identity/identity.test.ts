import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';
import { identityConfigSchema } from './config.ts';
import { createIdentity, type Identity } from './identity.ts';
import type { IdentityDesk } from './identity-desk.ts';
import type { IdentityEvent } from './identity-event.ts';
import { revokeAccessToken } from './issue-access-token.ts';
import { localActor } from './local-actor.ts';

proves('identity.pat', 'identity.not-from-body');

const ids = createIdSource(() => systemClock.nowMs());
const actor = localActor('local-operator', ids);
let cluster: TestDatabase;
let directory: string;
let identity: Identity;
let replica: Identity;
let desk: IdentityDesk;
const events: IdentityEvent[] = [];

function open(): Identity {
  return createIdentity({
    database: cluster.database,
    clock: systemClock,
    ids,
    logger: silentLogger,
    config: identityConfigSchema.parse({}),
    signingKeyPath: join(directory, 'access-token.json'),
    onEvent: (event) => events.push(event),
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'identity-'));
  cluster = await createTestDatabase();
  identity = open();
  replica = open();
  await identity.start();
  await replica.start();
  desk = identity.desk(actor, 'cli');
});
afterAll(async () => {
  await replica.stop();
  await identity.stop();
  await cluster.drop();
  rmSync(directory, { recursive: true });
});

let counter = 0;
const makeUser = (roles: Parameters<IdentityDesk['setRoles']>[1] = ['user']) =>
  desk.createUser({ name: 'Ada', email: `ada-${++counter}@example.com`, roles, department: 'research' });

async function ask(credential: string, audience = 'api', scope?: string, at = identity): Promise<string> {
  const request = { credential, audience, ...(scope === undefined ? {} : { scope }) };
  const result = await at.authenticator.authenticate(request);
  return result.ok ? 'ok' : result.failure.code;
}

/** Both processes, both with the credential in memory: what a revocation has to reach. */
async function settlesTo(credential: string, expected: string): Promise<void> {
  for (const at of [identity, replica]) {
    await expect.poll(() => ask(credential, 'api', undefined, at), { timeout: 1_000, interval: 5 }).toBe(expected);
  }
}

async function rememberEverywhere(credential: string): Promise<void> {
  for (const at of [identity, replica]) expect(await ask(credential, 'api', undefined, at)).toBe('ok');
}

describe('a personal access token', () => {
  test('proves its owner on every surface, and only whole', async () => {
    const user = await makeUser();
    const { pat, secret } = await desk.issuePat(user.id, { name: 'laptop' });
    expect(secret).toMatch(/^sp-live-[0-9a-f]{12}\.[0-9a-f]{52}$/);
    expect(pat.prefix).toBe(secret.split('.')[0]);
    for (const audience of ['web', 'api', 'hooks', 'models', 'files']) expect(await ask(secret, audience)).toBe('ok');
    const result = await identity.authenticator.authenticate({ credential: secret, audience: 'api' });
    expect(result).toMatchObject({
      principal: { userId: user.id, role: 'user', department: 'research', credential: { kind: 'pat', id: pat.prefix } },
    });
    for (let index = 'sp-live-'.length; index < secret.length; index += 5) {
      const other = secret[index] === '0' ? '1' : '0';
      expect(await ask(`${secret.slice(0, index)}${other}${secret.slice(index + 1)}`)).toMatch(/unknown|malformed/);
    }
  });

  test('is stored as a hash and shown once', async () => {
    const user = await makeUser();
    const { secret } = await desk.issuePat(user.id, { name: 'laptop' });
    const dump = await cluster.database.query<{ row: string }>(
      `SELECT row_to_json(t)::text AS row FROM personal_access_tokens t
       UNION ALL SELECT row_to_json(t)::text FROM identity_outbox t`,
    );
    const end = secret.split('.')[1] ?? '';
    expect(dump.length).toBeGreaterThan(1);
    expect(dump.some(({ row }) => row.includes(end))).toBe(false);
    expect(JSON.stringify([await desk.listPats(user.id), events])).not.toContain(end);
  });

  test('is refused within a second everywhere once it is revoked', async () => {
    const user = await makeUser();
    const { pat, secret } = await desk.issuePat(user.id, { name: 'laptop' });
    await rememberEverywhere(secret);
    expect((await desk.revokePat(pat.prefix)).revokedAt).not.toBeNull();
    await settlesTo(secret, 'revoked');
    expect((await desk.revokePat(pat.id)).id).toBe(pat.id);
    await expect(desk.revokePat('sp-live-000000000000')).rejects.toMatchObject({ kind: 'not_found' });
  });

  test('expires, to the moment', async () => {
    const user = await makeUser();
    const { secret, pat } = await desk.issuePat(user.id, { name: 'short', expiresInMs: 3_600_000 });
    expect(await ask(secret)).toBe('ok');
    await cluster.database.query('UPDATE personal_access_tokens SET expires_at = now() WHERE id = $1', [pat.id]);
    await settlesTo(secret, 'expired');
  });

  test('has its last use written down in batches', async () => {
    const user = await makeUser();
    const { secret } = await desk.issuePat(user.id, { name: 'laptop' });
    const other = open();
    await other.start();
    await ask(secret, 'api', undefined, other);
    await other.stop();
    expect((await desk.listPats(user.email ?? '')).map((pat) => pat.lastUsedAt)).toEqual([expect.any(Date)]);
  });

  test.each([
    "' OR 1=1 --",
    "sp-live-000000000000' UNION SELECT * FROM users --.x",
    `sp-live-aaaaaaaaaaaa.${"'".repeat(52)}`,
    '"; DROP TABLE users; --',
    "eyJhbGciOiJIUzI1NiJ9.' OR '1'='1.x",
    '\0',
    '%',
    '\u{1F600}'.repeat(100),
  ])('is not %j, and the tables survive the attempt', async (text) => {
    expect(await ask(text)).toMatch(/unknown|malformed/);
    expect((await desk.listUsers({ limit: 1 })).length).toBe(1);
  });
});

describe('an access token', () => {
  test('of a login is good on the first-party surfaces, and no MCP server', async () => {
    const user = await makeUser();
    const { token, session } = await desk.login({ email: user.email ?? '', audiences: [], durationMs: undefined });
    for (const audience of ['web', 'api', 'hooks', 'models']) expect(await ask(token, audience)).toBe('ok');
    for (const audience of ['files', 'apis', 'ap', 'API', 'api/', ''])
      expect(await ask(token, audience)).toBe('wrong_audience');
    expect(await ask(token, 'hooks', 'hook:govern')).toBe('ok');
    const result = await identity.authenticator.authenticate({ credential: token, audience: 'api' });
    expect(result).toMatchObject({ principal: { sessionId: session.id, clientId: 'cli' } });
  });

  test('for one MCP server is good there and nowhere else', async () => {
    const user = await makeUser();
    const { token } = await desk.login({ email: user.email ?? '', audiences: ['files'], durationMs: undefined });
    expect(await ask(token, 'files')).toBe('ok');
    for (const audience of ['api', 'hooks', 'files2', 'file'])
      expect(await ask(token, audience)).toBe('wrong_audience');
  });

  test('of a plugin carries the hook scopes for a year, and nothing more', async () => {
    const user = await makeUser();
    const issued = await desk.issuePluginToken({ email: user.email ?? '', pluginId: 'demo', durationMs: undefined });
    expect(issued.expiresAtMs - systemClock.nowMs()).toBeGreaterThan(364 * 86_400_000);
    expect(await ask(issued.token, 'hooks', 'hook:govern')).toBe('ok');
    expect(await ask(issued.token, 'hooks', 'hook:track')).toBe('ok');
    expect(await ask(issued.token, 'hooks', 'admin')).toBe('insufficient_scope');
    expect(await ask(issued.token, 'api')).toBe('wrong_audience');
  });

  test('ends within a second everywhere with its session', async () => {
    const user = await makeUser();
    const { token, session } = await desk.login({ email: user.id, audiences: [], durationMs: undefined });
    await rememberEverywhere(token);
    await desk.endSession(session.id);
    await settlesTo(token, 'session_ended');
    expect((await desk.listSessions(user.id)).map((each) => each.endedAt)).toEqual([expect.any(Date)]);
  });

  test('is refused within a second everywhere when its id is revoked', async () => {
    const user = await makeUser();
    const { token, expiresAtMs } = await desk.login({ email: user.id, audiences: [], durationMs: undefined });
    await rememberEverywhere(token);
    const result = await identity.authenticator.authenticate({ credential: token, audience: 'api' });
    const tokenId = result.ok ? result.principal.credential.id : '';
    const about = { tokenId, expiresAtMs, userId: user.id, tenantId: 'default', leewayMs: 30_000 };
    await revokeAccessToken({ database: cluster.database, clock: systemClock, ids, actor }, about);
    await settlesTo(token, 'revoked');
  });

  test('of another tenant, of no user, or of another server’s key is unknown', async () => {
    const user = await makeUser();
    const { token } = await desk.login({ email: user.id, audiences: [], durationMs: undefined });
    await cluster.database.query("INSERT INTO tenants (id, name) VALUES ('other', 'Other')");
    await cluster.database.query("UPDATE users SET tenant_id = 'other' WHERE id = $1", [user.id]);
    expect(await ask(token)).toBe('unknown');
    const strange = createIdentity({
      database: cluster.database,
      clock: systemClock,
      ids,
      logger: silentLogger,
      config: identityConfigSchema.parse({}),
      signingKeyPath: join(directory, 'another.json'),
    });
    await strange.start();
    const foreign = await strange.desk(actor, 'cli').login({ email: user.id, audiences: [], durationMs: undefined });
    expect(await ask(foreign.token)).toBe('malformed');
    await strange.stop();
  });
});

describe('the owner', () => {
  test('who is suspended loses every credential within a second, and has them back when resumed', async () => {
    const user = await makeUser();
    const { secret } = await desk.issuePat(user.id, { name: 'laptop' });
    const { token } = await desk.login({ email: user.id, audiences: [], durationMs: undefined });
    await rememberEverywhere(secret);
    await rememberEverywhere(token);
    await desk.suspendUser(user.id);
    await settlesTo(secret, 'user_suspended');
    await settlesTo(token, 'user_suspended');
    await expect(desk.issuePat(user.id, { name: 'x' })).rejects.toMatchObject({ code: 'user_suspended' });
    await desk.resumeUser(user.id);
    await settlesTo(secret, 'ok');
  });

  test('who is deleted loses every credential for good, also when the address is used again', async () => {
    const user = await makeUser();
    const { secret } = await desk.issuePat(user.id, { name: 'laptop' });
    const { token } = await desk.login({ email: user.id, audiences: [], durationMs: undefined });
    await rememberEverywhere(secret);
    await rememberEverywhere(token);
    await desk.deleteUser(user.email ?? '');
    await settlesTo(secret, 'user_deleted');
    await settlesTo(token, 'user_deleted');
    await expect(desk.findUser(user.id)).rejects.toMatchObject({ kind: 'not_found' });
    const heir = await desk.createUser({ name: 'Ada', email: user.email ?? '', roles: ['user'], department: null });
    expect(heir.id).not.toBe(user.id);
    expect(await ask(secret)).toBe('user_deleted');
  });

  test('has the role of the row, at the next use after it changes', async () => {
    await makeUser(['admin']);
    const user = await makeUser();
    const { token } = await desk.login({ email: user.id, audiences: [], durationMs: undefined });
    const roleOf = async () => {
      const result = await identity.authenticator.authenticate({ credential: token, audience: 'api' });
      return result.ok ? result.principal.role : result.failure.code;
    };
    expect(await roleOf()).toBe('user');
    await desk.promote(user.id);
    await expect.poll(roleOf, { timeout: 1_000, interval: 5 }).toBe('admin');
    await desk.demote(user.id);
    await expect.poll(roleOf, { timeout: 1_000, interval: 5 }).toBe('user');
  });
});

describe('a sign-in link', () => {
  test('works for one of fifty who try at once, and signs in to the pages only', async () => {
    const user = await makeUser();
    const { code } = await desk.createSignInCode(user.id);
    const results = await Promise.all(Array.from({ length: 50 }, () => identity.redeemSignInCode(code, actor)));
    const [winner, ...others] = results.filter((result) => result.ok);
    expect(others).toEqual([]);
    const cookie = winner?.ok === true ? winner.cookie : '';
    for (const audience of ['web', 'api']) expect(await ask(cookie, audience)).toBe('ok');
    for (const audience of ['hooks', 'models', 'files']) expect(await ask(cookie, audience)).toBe('wrong_audience');
    expect(events.filter((event) => event.name === 'sign_in_failed' && event.subjectUserId === user.id)).toHaveLength(
      49,
    );
    const stored = await cluster.database.query<{ found: number }>(
      "SELECT count(*) AS found FROM sign_in_codes WHERE code_hash = convert_to($1, 'UTF8')",
      [code],
    );
    expect(stored).toEqual([{ found: 0 }]);
    await desk.endSession(winner?.ok === true ? winner.session.id : '');
    await expect.poll(() => ask(cookie, 'web'), { timeout: 1_000, interval: 5 }).toBe('session_ended');
  });

  test('that has expired, is unknown, malformed, or of a suspended user answers the same', async () => {
    const user = await makeUser();
    const { code } = await desk.createSignInCode(user.id);
    await cluster.database.query('UPDATE sign_in_codes SET expires_at = now()');
    const suspended = await makeUser();
    const late = await desk.createSignInCode(suspended.id);
    await desk.suspendUser(suspended.id);
    for (const text of [code, 'A'.repeat(43), '', "' OR 1=1", late.code]) {
      expect(await identity.redeemSignInCode(text, actor)).toMatchObject({ ok: false, failure: { code: 'unknown' } });
    }
  });
});
