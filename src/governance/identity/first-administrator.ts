import { DEFAULT_TENANT } from './anonymous.ts';
import { changeIdentity, type IdentityChangeDeps } from './identity-event.ts';
import { createUserWithin } from './manage-users.ts';
import { parseEmail, type User } from './user.ts';
import { countAdministrators, findUser, updateUser } from './users-store.ts';

export const FIRST_ADMINISTRATOR_EMAIL = 'admin@localhost';

/**
 * Makes sure that somebody can administer: on an empty database makes the user, and says so. As long as any active
 * administrator exists nothing is changed, so a demoted `admin@localhost` stays demoted. Processes that start at the
 * same time make one.
 */
export function ensureFirstAdministrator(
  deps: IdentityChangeDeps,
  email: string = FIRST_ADMINISTRATOR_EMAIL,
): Promise<{ readonly user: User | undefined; readonly isNew: boolean }> {
  const address = parseEmail(email);
  return changeIdentity(deps, async (transaction, record) => {
    // Counting takes the lock under which administrators come and go.
    const administrators = await countAdministrators(transaction, DEFAULT_TENANT);
    const existing = await findUser(transaction, address);
    if (administrators > 0) return { user: existing, isNew: false };
    if (existing === undefined) {
      const wanted = { name: 'Administrator', email: address, roles: ['admin'], department: null } as const;
      return { user: await createUserWithin(transaction, record, deps, wanted), isNew: true };
    }
    const user: User = {
      ...existing,
      roles: ['admin', ...existing.roles.filter((role) => role !== 'admin')],
      status: 'active',
    };
    await updateUser(transaction, user.id, { roles: user.roles, status: 'active' }, new Date(deps.clock.nowMs()));
    const detail = { from: existing.roles, to: user.roles, reason: 'no administrator was left' };
    await record({ name: 'role_changed', tenantId: user.tenantId, subjectUserId: user.id, detail });
    return { user, isNew: false };
  });
}
