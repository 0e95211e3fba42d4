import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { createManualClock } from '#tests/support/manual-clock';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { ensureFirstAdministrator } from './first-administrator.ts';
import { createIdentityDesk, type IdentityDesk } from './identity-desk.ts';
import type { IdentityChangeDeps, IdentityEvent } from './identity-event.ts';
import { localActor } from './local-actor.ts';

const clock = createManualClock();
const ids = createIdSource(() => clock.nowMs());
let events: IdentityEvent[] = [];
let cluster: TestDatabase;
let deps: IdentityChangeDeps;
let desk: IdentityDesk;

beforeAll(async () => {
  cluster = await createTestDatabase();
  const actor = localActor('local-operator', ids);
  deps = { database: cluster.database, clock, ids, actor, onEvent: (event) => events.push(event) };
  desk = createIdentityDesk({
    ...deps,
    signer: () => Promise.resolve({ algorithm: 'HS256', sign: (payload) => payload }),
    issuer: 'systemprompt',
    loginLifetimeMs: 1_000,
    signInCodeLifetimeMs: 1_000,
    clientId: 'cli',
  });
});
afterAll(() => cluster.drop());

const namesOf = (userId: string) => events.filter((event) => event.subjectUserId === userId).map((event) => event.name);

describe('the first administrator', () => {
  test('is made once, however many processes start at once', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => ensureFirstAdministrator(deps)));
    expect(results.filter((result) => result.isNew)).toHaveLength(1);
    expect(new Set(results.map((result) => result.user?.id)).size).toBe(1);
    expect(await desk.findUser('admin@localhost')).toMatchObject({ roles: ['admin'], status: 'active' });
  });

  test('is not made when there is another, and comes back when none is left', async () => {
    const result = await ensureFirstAdministrator(deps, 'Root@Example.com');
    expect(result).toEqual({ user: undefined, isNew: false });
    const admin = await desk.findUser('admin@localhost');
    await cluster.database.query("UPDATE users SET roles = '{user}' WHERE id = $1", [admin.id]);
    expect(await ensureFirstAdministrator(deps)).toMatchObject({ user: { id: admin.id, roles: ['admin', 'user'] } });
    expect((await desk.findUser('admin@localhost')).roles).toEqual(['admin', 'user']);
  });

  test('is never the last one to go', async () => {
    for (const attempt of [desk.demote, desk.deleteUser, desk.suspendUser]) {
      await expect(attempt('admin@localhost')).rejects.toMatchObject({ code: 'last_administrator' });
    }
    await expect(desk.setRoles('admin@localhost', ['user'])).rejects.toMatchObject({ code: 'last_administrator' });
    expect((await desk.findUser('admin@localhost')).roles).toContain('admin');
  });
});

describe('users', () => {
  test('are found by id and by e-mail in any case', async () => {
    const user = await desk.createUser({ name: ' Ada ', email: 'Ada@Example.COM', roles: ['user'], department: null });
    expect(user).toMatchObject({ name: 'Ada', email: 'ada@example.com', kind: 'person', tenantId: 'default' });
    expect(await desk.findUser(user.id)).toEqual(user);
    expect(await desk.findUser('ADA@example.com')).toEqual(user);
    for (const text of ['nobody', '', "' OR 1=1 --", 'a@b']) {
      await expect(desk.findUser(text)).rejects.toMatchObject({ code: 'user_unknown' });
    }
  });

  test('have an address of their own', async () => {
    const wanted = { name: 'Bob', email: 'bob@example.com', roles: ['user'] as const, department: null };
    const results = await Promise.allSettled([
      desk.createUser(wanted),
      desk.createUser(wanted),
      desk.createUser(wanted),
    ]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    await expect(desk.createUser(wanted)).rejects.toMatchObject({ kind: 'conflict', code: 'email_taken' });
    await expect(desk.updateUser('ada@example.com', { email: 'BOB@example.com' })).rejects.toMatchObject({
      code: 'email_taken',
    });
  });

  test.each(['', 'no-at', 'a@b@c', 'a b@c', '<script>@x', `${'a'.repeat(65)}@x`, 'a@b\n'.repeat(2)])(
    'do not have the address %j',
    async (email) => {
      const wanted = { name: 'X', email, roles: ['user'] as const, department: null };
      await expect(desk.createUser(wanted)).rejects.toMatchObject({ code: 'email_invalid' });
    },
  );

  test.each(['', '   ', 'x'.repeat(201), 'a\u202eb', 'a\u0000b', 'a\u200bb'])('are not named %j', async (name) => {
    const wanted = { name, email: 'x@example.com', roles: ['user'] as const, department: null };
    await expect(desk.createUser(wanted)).rejects.toMatchObject({ code: 'name_invalid' });
  });

  test('of the kind service need no address, and a person does', async () => {
    const service = { name: 'nightly', email: null, roles: ['service'] as const, department: null };
    expect(await desk.createUser({ ...service, kind: 'service' })).toMatchObject({ kind: 'service', email: null });
    await expect(desk.createUser(service)).rejects.toMatchObject({ code: 'email_missing' });
  });

  test('hold each role once, the highest first, and keep one', async () => {
    const user = await desk.createUser({ name: 'Cy', email: 'cy@example.com', roles: ['user'], department: null });
    expect((await desk.assignRole(user.id, 'a2a')).roles).toEqual(['user', 'a2a']);
    expect((await desk.promote(user.id)).roles).toEqual(['admin', 'user', 'a2a']);
    expect((await desk.promote(user.id)).roles).toEqual(['admin', 'user', 'a2a']);
    expect((await desk.setRoles(user.id, ['admin'])).roles).toEqual(['admin']);
    expect((await desk.demote(user.id)).roles).toEqual(['user']);
    await expect(desk.setRoles(user.id, [])).rejects.toMatchObject({ code: 'roles_empty' });
    expect(namesOf(user.id)).toEqual(['created', 'role_changed', 'role_changed', 'role_changed', 'role_changed']);
  });

  test('who are the last two administrators are not both demoted at once', async () => {
    const user = await desk.createUser({ name: 'Di', email: 'di@example.com', roles: ['admin'], department: null });
    const results = await Promise.allSettled([desk.demote(user.id), desk.demote('admin@localhost')]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    await desk.promote('admin@localhost');
    await desk.demote(user.id);
  });

  test('are listed, searched by what is typed literally, and counted', async () => {
    expect((await desk.listUsers({ role: 'admin', limit: 10 })).map((user) => user.email)).toEqual(['admin@localhost']);
    expect((await desk.listUsers({ text: 'ADA', limit: 10 })).map((user) => user.name)).toEqual(['Ada']);
    expect(await desk.listUsers({ text: '%', limit: 10 })).toEqual([]);
    expect(await desk.listUsers({ limit: 2 })).toHaveLength(2);
    const { total, byRole } = await desk.countUsers();
    expect(total).toBe((await desk.listUsers({ limit: 100 })).length);
    expect(byRole).toMatchObject({ admin: 1, service: 1, mcp: 0 });
  });

  test('who are deleted are kept as rows and shown nowhere', async () => {
    const user = await desk.createUser({ name: 'Eve', email: 'eve@example.com', roles: ['user'], department: null });
    await desk.issuePat(user.id, { name: 'laptop' });
    await desk.deleteUser(user.id);
    expect((await desk.listUsers({ text: 'eve', limit: 10 })).length).toBe(0);
    const rows = await cluster.database.query('SELECT status FROM users WHERE id = $1', [user.id]);
    expect(rows).toEqual([{ status: 'deleted' }]);
    await expect(desk.promote(user.id)).rejects.toMatchObject({ kind: 'not_found' });
    expect(namesOf(user.id)).toEqual(['created', 'credential_issued', 'deleted']);
  });
});

test('a change that fails leaves neither a row nor an event', async () => {
  events = [];
  const before = await cluster.database.query('SELECT count(*) AS rows FROM identity_outbox');
  await expect(desk.issuePat('ada@example.com', { name: '' })).rejects.toMatchObject({ code: 'name_invalid' });
  await expect(desk.issuePat('ada@example.com', { name: 'x', expiresInMs: 0 })).rejects.toMatchObject({
    code: 'lifetime_invalid',
  });
  await expect(
    desk.login({ email: 'ada@example.com', audiences: ['a b'], durationMs: undefined }),
  ).rejects.toMatchObject({ code: 'audience_invalid' });
  expect(await desk.listSessions('ada@example.com')).toEqual([]);
  expect(await cluster.database.query('SELECT count(*) AS rows FROM identity_outbox')).toEqual(before);
  expect(events).toEqual([]);
});
