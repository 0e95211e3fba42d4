import { InvariantError, OperatingError } from '#foundation/errors';
import { sessionIdOf, tenantIdOf, userIdOf } from '#governance/identity/branded-ids';
import type { IdentityDesk } from '#governance/identity/identity-desk';
import type { Pat } from '#governance/identity/manage-pats';
import type { Session } from '#governance/identity/session';
import type { User } from '#governance/identity/user';
import { NOW_MS } from './run-in-process.ts';

export const ADA: User = {
  id: userIdOf('u-ada'),
  tenantId: tenantIdOf('default'),
  kind: 'person',
  email: 'ada@example.com',
  name: 'Ada',
  roles: ['user'],
  department: null,
  status: 'active',
  createdAt: new Date(NOW_MS),
};

export const PAT: Pat = {
  id: 'pat-1',
  userId: ADA.id,
  name: 'laptop',
  prefix: 'sp-live-0a1b2c3d4e5f',
  createdAt: new Date(NOW_MS),
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

export const SESSION: Session = {
  id: sessionIdOf('s-1'),
  userId: ADA.id,
  email: ADA.email,
  clientId: 'cli',
  kind: 'login',
  createdAt: new Date(NOW_MS),
  lastSeenAt: new Date(NOW_MS),
  expiresAt: null,
  endedAt: null,
};

/** A desk that knows one user and writes down what it was asked to change. */
export function fakeIdentityDesk(): { readonly desk: IdentityDesk; readonly changes: readonly (readonly unknown[])[] } {
  const changes: unknown[][] = [];
  const note = <Answer>(name: string, answer: (...args: never[]) => Answer) => {
    return async (...args: unknown[]): Promise<Answer> => {
      changes.push([name, ...args]);
      return answer(...(args as never[]));
    };
  };
  const known: Partial<IdentityDesk> = {
    listUsers: async ({ text }) => (text === undefined || text === 'ada' ? [ADA] : []),
    async findUser(idOrEmail) {
      if (idOrEmail === ADA.id || idOrEmail === ADA.email) return ADA;
      throw new OperatingError('not_found', 'user_unknown', 'there is no such user');
    },
    createUser: note('createUser', () => ADA),
    deleteUser: note('deleteUser', () => undefined),
    setRoles: note('setRoles', (_: string, roles: User['roles']) => ({ ...ADA, roles })),
    listPats: async () => [PAT],
    issuePat: note('issuePat', () => ({ pat: PAT, secret: 'sp-live-0a1b2c3d4e5f.secret' })),
    revokePat: note('revokePat', () => ({ ...PAT, revokedAt: new Date(NOW_MS) })),
    login: note('login', () => ({ session: SESSION, token: 'a.b.c', tokenId: 't', expiresAtMs: NOW_MS })),
    listSessions: async () => [
      SESSION,
      { ...SESSION, id: sessionIdOf('s-ended'), endedAt: new Date(NOW_MS) },
      { ...SESSION, id: sessionIdOf('s-expired'), expiresAt: new Date(NOW_MS - 1) },
    ],
    endSession: note('endSession', () => ({ ...SESSION, endedAt: new Date(NOW_MS) })),
    issuePluginToken: note('issuePluginToken', () => ({
      session: SESSION,
      token: 'p.q.r',
      tokenId: 't',
      expiresAtMs: NOW_MS,
    })),
    createSignInCode: note('createSignInCode', () => ({ code: 'code-1', expiresAtMs: NOW_MS })),
  };
  const desk = new Proxy(known, {
    get(target, key) {
      if (key === 'then' || Reflect.has(target, key)) return Reflect.get(target, key);
      throw new InvariantError(`this desk has no ${String(key)}`);
    },
  }) as IdentityDesk;
  return { desk, changes };
}
