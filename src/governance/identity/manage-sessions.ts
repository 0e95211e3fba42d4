/** Sessions that a sign-in begins: of the command line, of a plugin's hooks, of a browser. */
import { assert, OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import { SCOPE_ALL } from './access-token.ts';
import { sessionIdOf } from './branded-ids.ts';
import { changeIdentity, type IdentityChangeDeps, type Recorder } from './identity-event.ts';
import { issueWithin, type TokenIssueDeps } from './issue-access-token.ts';
import { requireActiveUser, requireLifetime } from './manage-pats.ts';
import { makeOpaqueCredential, type OpaqueCredential } from './opaque-credential.ts';
import { SURFACE_AUDIENCES } from './principal.ts';
import type { Session, SessionKind } from './session.ts';
import { endSession, insertSession } from './sessions-store.ts';
import type { User } from './user.ts';
import { findUserById } from './users-store.ts';

export type SignedIn = { readonly session: Session; readonly token: string; readonly expiresAtMs: number };

const DAY_MS = 86_400_000;
export const LOGIN_LIFETIME_MS = DAY_MS;
export const PLUGIN_LIFETIME_MS = 365 * DAY_MS;
export const PLUGIN_SCOPES = ['hook:govern', 'hook:track'] as const;

/** An access token in a session of its own; ending the session ends the token. No audiences: the first-party ones. */
export function login(
  deps: TokenIssueDeps,
  idOrEmail: string,
  request: {
    readonly audiences: readonly string[];
    readonly lifetimeMs?: number | undefined;
    readonly clientId: string;
  },
): Promise<SignedIn> {
  const audiences = request.audiences.length === 0 ? SURFACE_AUDIENCES : request.audiences;
  return signIn(deps, idOrEmail, 'login', {
    audiences,
    scopes: [SCOPE_ALL],
    clientId: request.clientId,
    lifetimeMs: request.lifetimeMs ?? LOGIN_LIFETIME_MS,
  });
}

/** A long-lived token for a plugin's hooks: good for judging and tracking events, and for nothing else. */
export function issuePluginToken(
  deps: TokenIssueDeps,
  idOrEmail: string,
  request: { readonly pluginId: string; readonly lifetimeMs?: number | undefined },
): Promise<SignedIn> {
  return signIn(deps, idOrEmail, 'plugin', {
    audiences: ['hooks'],
    scopes: PLUGIN_SCOPES,
    clientId: `plugin:${requirePluginId(request.pluginId)}`,
    lifetimeMs: request.lifetimeMs ?? PLUGIN_LIFETIME_MS,
  });
}

function signIn(
  deps: TokenIssueDeps,
  idOrEmail: string,
  kind: SessionKind,
  token: {
    readonly audiences: readonly string[];
    readonly scopes: readonly string[];
    readonly clientId: string;
    readonly lifetimeMs: number;
  },
): Promise<SignedIn> {
  return changeIdentity(deps, async (transaction, record) => {
    const user = await requireActiveUser(transaction, idOrEmail);
    const session = await beginSession(transaction, record, deps, user, { ...token, kind });
    const issued = await issueWithin(deps, record, user, { ...token, sessionId: session.id });
    return { session, token: issued.token, expiresAtMs: issued.expiresAtMs };
  });
}

/** A browser's session; `cookie` is the value of the cookie, shown once. */
export async function beginWebSession(
  transaction: Database,
  record: Recorder,
  deps: IdentityChangeDeps,
  user: User,
  lifetimeMs: number,
): Promise<{ readonly session: Session; readonly cookie: string }> {
  const credential = makeOpaqueCredential('session_cookie', deps.ids);
  const wanted = { kind: 'web', clientId: 'web', lifetimeMs } as const;
  const session = await beginSession(transaction, record, deps, user, wanted, credential);
  return { session, cookie: credential.text };
}

async function beginSession(
  transaction: Database,
  record: Recorder,
  deps: IdentityChangeDeps,
  user: User,
  wanted: { readonly kind: SessionKind; readonly clientId: string; readonly lifetimeMs: number },
  cookie?: OpaqueCredential,
): Promise<Session> {
  const nowMs = deps.clock.nowMs();
  const session: Session = {
    id: sessionIdOf(deps.ids.uuid()),
    userId: user.id,
    email: user.email,
    clientId: wanted.clientId,
    kind: wanted.kind,
    createdAt: new Date(nowMs),
    lastSeenAt: new Date(nowMs),
    expiresAt: new Date(nowMs + requireLifetime(wanted.lifetimeMs)),
    endedAt: null,
  };
  await insertSession(transaction, session, cookie);
  const detail = { session_id: session.id, kind: session.kind, client_id: session.clientId };
  await record({ name: 'session_started', tenantId: user.tenantId, subjectUserId: user.id, detail });
  return session;
}

/** Ends the session and with it every token and cookie bound to it; rejects with `not_found`. */
export function endSessionNamed(deps: IdentityChangeDeps, sessionId: string): Promise<Session> {
  return changeIdentity(deps, async (transaction, record) => {
    const ended = await endSession(transaction, sessionId, new Date(deps.clock.nowMs()));
    if (ended === undefined) {
      throw new OperatingError('not_found', 'session_unknown', 'there is no such session', {
        where: sessionId.slice(0, 200),
        remedy: 'systemprompt admin session list',
      });
    }
    const { session, endedNow } = ended;
    if (endedNow) {
      const detail = { session_id: session.id, kind: session.kind };
      const tenantId = (await requireOwner(transaction, session.userId)).tenantId;
      await record({ name: 'session_ended', tenantId, subjectUserId: session.userId, detail });
    }
    return session;
  });
}

async function requireOwner(transaction: Database, userId: string): Promise<User> {
  const owner = await findUserById(transaction, userId);
  assert(owner !== undefined, 'a session has an owner');
  return owner;
}

function requirePluginId(pluginId: string): string {
  if (/^[\w.@/-]{1,100}$/.test(pluginId)) return pluginId;
  throw new OperatingError('invalid_input', 'plugin_id_invalid', 'this cannot be the id of a plugin', {
    where: 'plugin_id',
    remedy: 'give letters, digits, dot, hyphen, slash or at sign, at most 100 characters',
  });
}
