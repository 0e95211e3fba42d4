import { type AuthenticationFailure, authenticationFailure } from './authentication-failure.ts';
import { clientIdOf } from './branded-ids.ts';
import type { SessionId } from './correlation.ts';
import type { CredentialKind, Principal } from './principal.ts';
import { highestRole } from './role.ts';
import type { User } from './user.ts';

/** What was found out about one credential: who it is, or why not. Both may be remembered until something changes. */
export type VerifiedCredential = {
  readonly outcome:
    | { readonly ok: true; readonly principal: Principal }
    | { readonly ok: false; readonly failure: AuthenticationFailure };
  readonly userId: string;
  readonly sessionId: string | null;
  /** A prefix or a `jti`: what a revocation names. */
  readonly credentialId: string;
  /** When it ends by itself, leeway included; infinite when it does not. */
  readonly usableUntilMs: number;
};

export type ProvenCredential = {
  readonly kind: CredentialKind;
  readonly id: string;
  readonly clientId: string;
  readonly sessionId: SessionId | null;
  readonly expiresAtMs: number | null;
  readonly leewayMs: number;
  readonly audiences: ReadonlySet<string> | 'all';
  readonly scopes: ReadonlySet<string> | 'all';
  /** Why the credential itself is no longer good, though it is genuine. */
  readonly refusedAs: 'revoked' | 'session_ended' | null;
};

/** Joins a genuine credential with its owner's row, which alone decides role and status. */
export function verifiedCredential(proven: ProvenCredential, user: User): VerifiedCredential {
  const about = {
    userId: user.id,
    sessionId: proven.sessionId,
    credentialId: proven.id,
    usableUntilMs: proven.expiresAtMs === null ? Number.POSITIVE_INFINITY : proven.expiresAtMs + proven.leewayMs,
  };
  const code = refusalOf(proven, user);
  if (code !== null) return { ...about, outcome: { ok: false, failure: authenticationFailure(code) } };
  return { ...about, outcome: { ok: true, principal: principalOf(proven, user) } };
}

function refusalOf(proven: ProvenCredential, user: User) {
  if (user.status === 'deleted') return 'user_deleted';
  if (proven.refusedAs !== null) return proven.refusedAs;
  return user.status === 'suspended' ? 'user_suspended' : null;
}

function principalOf(proven: ProvenCredential, user: User): Principal {
  return {
    userId: user.id,
    tenantId: user.tenantId,
    email: user.email,
    role: highestRole(user.roles),
    department: user.department,
    clientId: clientIdOf(proven.clientId),
    sessionId: proven.sessionId,
    credential: { kind: proven.kind, id: proven.id, expiresAtMs: proven.expiresAtMs },
    audiences: proven.audiences,
    scopes: proven.scopes,
  };
}
