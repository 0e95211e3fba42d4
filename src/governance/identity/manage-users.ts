/** What an operator does with users. Every change and its event are one transaction. */
import { OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import { isUniqueViolation } from '#foundation/postgres/database-error';
import { DEFAULT_TENANT } from './anonymous.ts';
import { tenantIdOf, userIdOf } from './branded-ids.ts';
import { changeIdentity, type IdentityChangeDeps, type Recorder } from './identity-event.ts';
import { revokePatsOf } from './pats-store.ts';
import { ROLES, type Role } from './role.ts';
import { endSessionsOf } from './sessions-store.ts';
import { parseEmail, parseName, type User, type UserKind } from './user.ts';
import { countAdministrators, findUser, insertUser, type UserPatch, updateUser } from './users-store.ts';

export type NewUser = {
  readonly name: string;
  /** A service may have none. */
  readonly email: string | null;
  readonly roles: readonly Role[];
  readonly department: string | null;
  readonly kind?: UserKind;
  readonly tenantId?: string;
};

/** Rejects with `conflict` when the e-mail is taken. */
export function createUser(deps: IdentityChangeDeps, wanted: NewUser): Promise<User> {
  return changeIdentity(deps, (transaction, record) => createUserWithin(transaction, record, deps, wanted));
}

export async function createUserWithin(
  transaction: Database,
  record: Recorder,
  deps: Pick<IdentityChangeDeps, 'clock' | 'ids'>,
  wanted: NewUser,
): Promise<User> {
  const kind = wanted.kind ?? 'person';
  if (kind === 'person' && wanted.email === null) throw noEmail();
  const user: User = {
    id: userIdOf(deps.ids.uuid()),
    tenantId: tenantIdOf(wanted.tenantId ?? DEFAULT_TENANT),
    kind,
    email: wanted.email === null ? null : parseEmail(wanted.email),
    name: parseName(wanted.name),
    roles: orderedRoles(wanted.roles),
    department: wanted.department === null ? null : parseName(wanted.department),
    status: 'active',
    createdAt: new Date(deps.clock.nowMs()),
  };
  await insertUser(transaction, user).catch((error: unknown) => {
    throw isUniqueViolation(error) ? emailTaken(user.email ?? '') : error;
  });
  const detail = { email: user.email, kind, roles: user.roles, department: user.department };
  await record({ name: 'created', tenantId: user.tenantId, subjectUserId: user.id, detail });
  return user;
}

export function updateUserDetails(
  deps: IdentityChangeDeps,
  idOrEmail: string,
  patch: { readonly name?: string; readonly email?: string; readonly department?: string | null },
): Promise<User> {
  const parsed: UserPatch = {
    ...(patch.name === undefined ? {} : { name: parseName(patch.name) }),
    ...(patch.email === undefined ? {} : { email: parseEmail(patch.email) }),
    ...(patch.department === undefined ? {} : { department: patch.department && parseName(patch.department) }),
  };
  return change(deps, idOrEmail, async (user, apply, record) => {
    await apply(parsed);
    await record({ name: 'updated', tenantId: user.tenantId, subjectUserId: user.id, detail: { ...parsed } });
  });
}

/** Replaces the roles; rejects with `conflict` when it would leave no administrator. */
export function setRoles(deps: IdentityChangeDeps, idOrEmail: string, roles: readonly Role[]): Promise<User> {
  return changeRoles(deps, idOrEmail, () => roles);
}

export function assignRole(deps: IdentityChangeDeps, idOrEmail: string, role: Role): Promise<User> {
  return changeRoles(deps, idOrEmail, (user) => [...user.roles, role]);
}

/** Makes an administrator. */
export function promoteUser(deps: IdentityChangeDeps, idOrEmail: string): Promise<User> {
  return assignRole(deps, idOrEmail, 'admin');
}

/** Takes administration away; what is left without a role becomes a user. */
export function demoteUser(deps: IdentityChangeDeps, idOrEmail: string): Promise<User> {
  return changeRoles(deps, idOrEmail, (user) => {
    const others = user.roles.filter((role) => role !== 'admin');
    return others.length === 0 ? ['user'] : others;
  });
}

function changeRoles(deps: IdentityChangeDeps, idOrEmail: string, rolesOf: (user: User) => readonly Role[]) {
  return change(deps, idOrEmail, async (user, apply, record) => {
    const roles = orderedRoles(rolesOf(user));
    if (roles.join() === user.roles.join()) return;
    await apply({ roles });
    const detail = { from: user.roles, to: roles };
    await record({ name: 'role_changed', tenantId: user.tenantId, subjectUserId: user.id, detail });
  });
}

/** Every credential of the user stops working at once, and works again after `resumeUser`. */
export function suspendUser(deps: IdentityChangeDeps, idOrEmail: string): Promise<User> {
  return change(deps, idOrEmail, async (user, apply, record) => {
    if (user.status === 'suspended') return;
    await apply({ status: 'suspended' });
    await record({ name: 'suspended', tenantId: user.tenantId, subjectUserId: user.id, detail: {} });
  });
}

export function resumeUser(deps: IdentityChangeDeps, idOrEmail: string): Promise<User> {
  return change(deps, idOrEmail, async (user, apply, record) => {
    if (user.status === 'active') return;
    await apply({ status: 'active' });
    const detail = { status: 'active' };
    await record({ name: 'updated', tenantId: user.tenantId, subjectUserId: user.id, detail });
  });
}

/** The row stays, because records name it; tokens are revoked and sessions ended, and the address is free again. */
export function deleteUser(deps: IdentityChangeDeps, idOrEmail: string): Promise<User> {
  return change(deps, idOrEmail, async (user, apply, record, transaction) => {
    const at = new Date(deps.clock.nowMs());
    await apply({ status: 'deleted' });
    const revoked = await revokePatsOf(transaction, user.id, at);
    const ended = await endSessionsOf(transaction, user.id, at);
    const detail = { email: user.email, credentials_revoked: revoked.length, sessions_ended: ended.length };
    await record({ name: 'deleted', tenantId: user.tenantId, subjectUserId: user.id, detail });
  });
}

/** Rejects with `not_found`; a deleted user is found by id only where the past is read, not here. */
export async function requireUser(
  database: Database,
  idOrEmail: string,
  options: { readonly forUpdate?: boolean } = {},
): Promise<User> {
  const user = await findUser(database, idOrEmail, options);
  if (user !== undefined && user.status !== 'deleted') return user;
  throw new OperatingError('not_found', 'user_unknown', 'there is no such user', {
    where: idOrEmail.slice(0, 320),
    remedy: 'systemprompt admin users list',
  });
}

type Apply = (patch: UserPatch) => Promise<void>;

async function change(
  deps: IdentityChangeDeps,
  idOrEmail: string,
  make: (user: User, apply: Apply, record: Recorder, transaction: Database) => Promise<void>,
): Promise<User> {
  return changeIdentity(deps, async (transaction, record) => {
    const user = await requireUser(transaction, idOrEmail, { forUpdate: true });
    let changed = user;
    const apply: Apply = async (patch) => {
      changed = { ...user, ...patch };
      if (isAdministrator(user) && !isAdministrator(changed)) await requireAnotherAdministrator(transaction, user);
      await updateUser(transaction, user.id, patch, new Date(deps.clock.nowMs())).catch((error: unknown) => {
        throw isUniqueViolation(error) ? emailTaken(changed.email ?? '') : error;
      });
    };
    await make(user, apply, record, transaction);
    return changed;
  });
}

function isAdministrator(user: User): boolean {
  return user.status === 'active' && user.roles.includes('admin');
}

async function requireAnotherAdministrator(transaction: Database, user: User): Promise<void> {
  if ((await countAdministrators(transaction, user.tenantId)) > 1) return;
  throw new OperatingError('conflict', 'last_administrator', 'this is the last active administrator', {
    where: user.email ?? user.id,
    remedy: 'make another one first: systemprompt admin users role promote USER',
  });
}

/** Each role once, highest first. */
function orderedRoles(roles: readonly Role[]): readonly Role[] {
  const held = ROLES.filter((role) => roles.includes(role));
  if (held.length > 0) return held;
  throw new OperatingError('invalid_input', 'roles_empty', 'a user holds at least one role', {
    where: 'roles',
    remedy: `give one of ${ROLES.join(', ')}`,
  });
}

function noEmail(): OperatingError {
  return new OperatingError('invalid_input', 'email_missing', 'a person needs an e-mail address', {
    where: 'email',
    remedy: 'add --email, or make a service',
  });
}

function emailTaken(email: string): OperatingError {
  return new OperatingError('conflict', 'email_taken', 'a user with this e-mail address exists', {
    where: email,
    remedy: `systemprompt admin users show ${email}`,
  });
}
