/**
 * Whose session is it? A name that a client sends belongs to the user who used it first, on every process; nobody else
 * can speak in it. A name that this process knows is answered at once; a new one is claimed in the database, many in
 * one statement.
 *
 * While the database is away a new name cannot be claimed. The call is not held up for that: its session is then one
 * derived from the user and the name, which can be nobody else's.
 */
import { OperatingError } from '#foundation/errors';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, every } from '#foundation/time';
import { sessionIdOf } from './branded-ids.ts';
import {
  type CorrelationSubject,
  derivedSession,
  isDerivedSession,
  parseSessionName,
  type SessionId,
  sessionNamedBy,
} from './correlation.ts';
import type { IdentityFeed } from './identity-feed.ts';
import { createSessionClaims } from './session-claims.ts';
import { type SessionOwner, touchSessions } from './sessions-store.ts';

export type BoundSession =
  /** Null: the caller named none and its credential is bound to none; one is derived. */
  { readonly ok: true; readonly sessionId: SessionId | null } | { readonly ok: false; readonly error: OperatingError };

export type SessionBinder = {
  /** `name` as the client sent it; one that is not well formed counts as none. Never rejects. */
  bind(subject: CorrelationSubject, name: string | undefined): BoundSession | Promise<BoundSession>;
};

export type SessionBindingDeps = {
  readonly database: Database;
  readonly feed: Pick<IdentityFeed, 'onChange'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namesMax: number;
};

const FLUSH_INTERVAL_MS = 30_000;
const SEEN_MAX = 10_000;

export function createSessionBinding(deps: SessionBindingDeps): SessionBinder & Part & { flush(): Promise<void> } {
  const { database, clock, logger } = deps;
  const owners = new Map<SessionId, SessionOwner>();
  const claims = createSessionClaims(deps);
  let seen = new Map<string, number>();
  let generation = 0;
  let stopFlushing = () => {};

  deps.feed.onChange((change) => {
    generation++;
    if (change.kind === 'all') owners.clear();
    else if (change.kind === 'session') owners.delete(sessionIdOf(change.id));
  });

  function bind(subject: CorrelationSubject, sent: string | undefined): BoundSession | Promise<BoundSession> {
    const name = parseSessionName(sent);
    if (name === undefined || name === subject.sessionId || subject.userId === 'anonymous') {
      if (subject.sessionId !== null) noteSeen(subject.sessionId);
      return { ok: true, sessionId: subject.sessionId };
    }
    if (isDerivedSession(name)) return name === derivedSession(subject) ? { ok: true, sessionId: name } : foreign();
    const owner = owners.get(name);
    if (owner === undefined) return claim(subject, name);
    // Set again, the name is the youngest, and the oldest one is forgotten first.
    owners.delete(name);
    owners.set(name, owner);
    return answer(owner, subject, name);
  }

  async function claim(subject: CorrelationSubject, name: SessionId): Promise<BoundSession> {
    const startedIn = generation;
    const owner = await claims.claim({ id: name, userId: subject.userId, clientId: subject.clientId });
    if (owner === undefined) return { ok: true, sessionId: sessionNamedBy(subject.userId, name) };
    if (generation === startedIn) remember(name, owner);
    return answer(owner, subject, name);
  }

  function remember(name: SessionId, owner: SessionOwner): void {
    owners.set(name, owner);
    if (owners.size <= deps.namesMax) return;
    const oldest = owners.keys().next();
    if (oldest.done !== true) owners.delete(oldest.value);
  }

  function answer(owner: SessionOwner, subject: CorrelationSubject, name: SessionId): BoundSession {
    if (owner.userId !== subject.userId) return foreign();
    if (owner.hasEnded) return ended();
    noteSeen(name);
    return { ok: true, sessionId: name };
  }

  function noteSeen(name: SessionId): void {
    if (seen.size < SEEN_MAX || seen.has(name)) seen.set(name, clock.nowMs());
  }

  async function flush(): Promise<void> {
    if (seen.size === 0) return;
    const flushed = seen;
    seen = new Map();
    await touchSessions(database, flushed).catch((error: unknown) => {
      logger.debug({ err: error }, 'the last use of sessions was not written down');
    });
  }

  return {
    name: 'sessions',
    start() {
      stopFlushing = every(clock, FLUSH_INTERVAL_MS, flush);
    },
    async stop() {
      stopFlushing();
      await flush();
    },
    bind,
    flush,
  };
}

function foreign(): BoundSession {
  const message = 'the session that the request names belongs to somebody else';
  const remedy = 'leave x-session-id out, or send a name of your own, such as a new UUID';
  return { ok: false, error: new OperatingError('forbidden', 'foreign_session', message, { remedy }) };
}

function ended(): BoundSession {
  const message = 'the session that the request names was ended';
  const remedy = 'begin a new session with another x-session-id';
  return { ok: false, error: new OperatingError('forbidden', 'session_ended', message, { remedy }) };
}
