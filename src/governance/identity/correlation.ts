import { sha256 } from '#foundation/crypto';
import type { Brand, IdSource } from '#foundation/ids';
import { isTraceId } from '#foundation/ids';

export type UserId = Brand<'UserId'>;
export type SessionId = Brand<'SessionId'>;
export type TaskId = Brand<'TaskId'>;
export type TraceId = Brand<'TraceId'>;
export type ContextId = Brand<'ContextId'>;
export type ClientId = Brand<'ClientId'>;
export type TenantId = Brand<'TenantId'>;

/**
 * The six ids that bind every record to who, where and why. `beginCorrelation` alone makes one, so a record without
 * them does not compile.
 */
export type Correlation = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly taskId: TaskId;
  readonly traceId: TraceId;
  readonly contextId: ContextId;
  readonly clientId: ClientId;
};

/** What a request says of itself; nothing of it is identity. Each is used only when well formed. */
export type CorrelationHints = {
  /** See `isTraceId`. */
  readonly traceId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly contextId?: string | undefined;
  readonly taskId?: string | undefined;
};

export type CorrelationSubject = {
  readonly userId: UserId;
  readonly clientId: ClientId;
  /** The session that the credential itself is bound to, when it is. */
  readonly sessionId: SessionId | null;
};

const HINT_CHARACTERS_MAX = 200;

/**
 * Session: the subject's own, else the one that the client names, else one derived from user and client. A name that a
 * client sends goes through session-binding first, which answers whose it is; the bound session is the subject's then.
 * Context: the named one, else the session's.
 */
export function beginCorrelation(subject: CorrelationSubject, hints: CorrelationHints, ids: IdSource): Correlation {
  const sessionId = subject.sessionId ?? parseSessionName(hints.sessionId) ?? derivedSession(subject);
  const contextId = usable(hints.contextId) ?? derivedUuid(`context:${subject.userId}:${sessionId}`);
  return {
    userId: subject.userId,
    sessionId,
    taskId: (usable(hints.taskId) ?? ids.uuid()) as TaskId,
    traceId: (hints.traceId !== undefined && isTraceId(hints.traceId) ? hints.traceId : ids.traceId()) as TraceId,
    contextId: contextId as ContextId,
    clientId: subject.clientId,
  };
}

/** A session's name as a client may send it; undefined when it is not well formed. */
export function parseSessionName(name: string | undefined): SessionId | undefined {
  return usable(name) as SessionId | undefined;
}

/** The session of a caller who names none. */
export function derivedSession(subject: Pick<CorrelationSubject, 'userId' | 'clientId'>): SessionId {
  return derivedUuid(`session:${subject.userId}:${subject.clientId}`) as SessionId;
}

/** A stand-in for a name while nobody can say whose it is; never another user's. */
export function sessionNamedBy(userId: UserId, name: SessionId): SessionId {
  return derivedUuid(`named:${userId}:${name}`) as SessionId;
}

/** Whether the id has the form of those that are derived here, which no client may choose. */
export function isDerivedSession(sessionId: SessionId): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/.test(sessionId);
}

function usable(text: string | undefined): string | undefined {
  if (text === undefined || text.length === 0 || text.length > HINT_CHARACTERS_MAX) return undefined;
  return /^[\w.:@/+=-]+$/.test(text) ? text : undefined;
}

/** A UUID of version 8 (RFC 9562 section 5.8) from a SHA-256: the same text gives the same id. */
function derivedUuid(text: string): string {
  const hex = sha256(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
