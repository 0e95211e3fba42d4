/** Users and their credentials as an operator handles them; each change is recorded under the given actor. */
import { FIRST_ADMINISTRATOR_EMAIL } from './first-administrator.ts';
import type { IdentityChangeDeps } from './identity-event.ts';
import { issuePat, listPatsOf, type Pat, revokePatNamed } from './manage-pats.ts';
import { endSessionNamed, issuePluginToken, login } from './manage-sessions.ts';
import {
  assignRole,
  createUser,
  deleteUser,
  demoteUser,
  type NewUser,
  promoteUser,
  requireUser,
  resumeUser,
  setRoles,
  suspendUser,
  updateUserDetails,
} from './manage-users.ts';
import { ROLES, type Role } from './role.ts';
import type { Session } from './session.ts';
import { listSessions } from './sessions-store.ts';
import { createSignInCode } from './sign-in.ts';
import type { TokenSigner } from './token-signing.ts';
import type { User } from './user.ts';
import { countUsersByRole, listUsers } from './users-store.ts';

export type IdentityDeskDeps = IdentityChangeDeps & {
  /** Asked for only when a token is issued, so that reading needs no key. */
  readonly signer: () => Promise<TokenSigner>;
  readonly issuer: string;
  readonly loginLifetimeMs: number;
  readonly signInCodeLifetimeMs: number;
  readonly clientId: string;
};

const SESSIONS_MAX = 1_000;

export function createIdentityDesk(deps: IdentityDeskDeps) {
  const { database } = deps;
  const issuing = async () => ({ ...deps, signer: await deps.signer() });
  return {
    listUsers: (filter: {
      readonly role?: Role | undefined;
      readonly text?: string | undefined;
      readonly limit: number;
    }) => listUsers(database, filter),
    /** By id or e-mail; rejects with `not_found`. */
    findUser: (idOrEmail: string): Promise<User> => requireUser(database, idOrEmail),
    createUser: (user: NewUser): Promise<User> => createUser(deps, user),
    updateUser: (idOrEmail: string, patch: Parameters<typeof updateUserDetails>[2]) =>
      updateUserDetails(deps, idOrEmail, patch),
    async deleteUser(idOrEmail: string): Promise<void> {
      await deleteUser(deps, idOrEmail);
    },
    suspendUser: (idOrEmail: string): Promise<User> => suspendUser(deps, idOrEmail),
    resumeUser: (idOrEmail: string): Promise<User> => resumeUser(deps, idOrEmail),
    setRoles: (idOrEmail: string, roles: readonly Role[]): Promise<User> => setRoles(deps, idOrEmail, roles),
    assignRole: (idOrEmail: string, role: Role): Promise<User> => assignRole(deps, idOrEmail, role),
    promote: (idOrEmail: string): Promise<User> => promoteUser(deps, idOrEmail),
    demote: (idOrEmail: string): Promise<User> => demoteUser(deps, idOrEmail),
    /** How many users hold each role, and how many there are. */
    async countUsers() {
      const counts = await countUsersByRole(database);
      const byRole: Record<Role, number> = { admin: 0, user: 0, service: 0, a2a: 0, mcp: 0, anonymous: 0 };
      for (const role of ROLES) byRole[role] = counts.get(role) ?? 0;
      return { total: counts.get('total') ?? 0, byRole };
    },

    listPats: (idOrEmail: string): Promise<readonly Pat[]> => listPatsOf(database, idOrEmail),
    issuePat: (idOrEmail: string, pat: { readonly name: string; readonly expiresInMs?: number | undefined }) =>
      issuePat(deps, idOrEmail, pat),
    revokePat: (idOrPrefix: string): Promise<Pat> => revokePatNamed(deps, idOrPrefix),

    async login(request: {
      readonly email: string;
      readonly audiences: readonly string[];
      readonly durationMs: number | undefined;
    }) {
      const lifetimeMs = request.durationMs ?? deps.loginLifetimeMs;
      return login(await issuing(), request.email, {
        audiences: request.audiences,
        lifetimeMs,
        clientId: deps.clientId,
      });
    },
    async listSessions(idOrEmail: string | undefined): Promise<readonly Session[]> {
      const userId = idOrEmail === undefined ? undefined : (await requireUser(database, idOrEmail)).id;
      return listSessions(database, userId, SESSIONS_MAX);
    },
    /** Ends the session and every credential bound to it; rejects with `not_found`. */
    endSession: (sessionId: string): Promise<Session> => endSessionNamed(deps, sessionId),
    async issuePluginToken(request: {
      readonly email: string | undefined;
      readonly pluginId: string;
      readonly durationMs: number | undefined;
    }) {
      const { pluginId, durationMs: lifetimeMs } = request;
      return issuePluginToken(await issuing(), request.email ?? FIRST_ADMINISTRATOR_EMAIL, { pluginId, lifetimeMs });
    },
    /** The code of a one-click sign-in link; it works once. */
    createSignInCode: (idOrEmail: string) => createSignInCode(deps, idOrEmail, deps.signInCodeLifetimeMs),
  };
}

export type IdentityDesk = ReturnType<typeof createIdentityDesk>;
