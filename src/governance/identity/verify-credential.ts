/** Finds out what one credential is: by its form, its signature, its row. The cache in front is in authenticator. */
import type { Database } from '#foundation/postgres/database';
import { type AccessTokenClaims, parseClaims, SCOPE_ALL } from './access-token.ts';
import type { AuthenticationFailureCode } from './authentication-failure.ts';
import { sessionIdOf } from './branded-ids.ts';
import { findCookieByPrefix, findPatByPrefix, findTokenState } from './credentials-store.ts';
import { looksOpaque, matchesStoredHash, type OpaqueCredential, parseOpaqueCredential } from './opaque-credential.ts';
import type { TokenVerifier } from './token-signing.ts';
import { type VerifiedCredential, verifiedCredential } from './verified-credential.ts';

export type Verification =
  | { readonly isGenuine: true; readonly verified: VerifiedCredential }
  | { readonly isGenuine: false; readonly code: AuthenticationFailureCode };

export type VerifyDeps = {
  readonly database: Database;
  readonly verifier: TokenVerifier;
  readonly issuer: string;
  readonly leewayMs: number;
};

/** A browser's cookie reaches the first-party pages and their API, and nothing that a program would call. */
const COOKIE_AUDIENCES: ReadonlySet<string> = new Set(['web', 'api']);

const PAT_CLIENT = 'pat';

/** Rejects only when the database cannot answer; nothing is admitted then. */
export async function verifyCredential(text: string, nowMs: number, deps: VerifyDeps): Promise<Verification> {
  const opaque = parseOpaqueCredential(text);
  if (opaque !== undefined) return opaque.kind === 'pat' ? verifyPat(opaque, deps) : verifyCookie(opaque, deps);
  if (looksOpaque(text)) return refused('malformed');
  const payload = await deps.verifier.verify(text);
  if (payload === undefined) return refused('malformed');
  const parsed = parseClaims(payload, deps, nowMs);
  return parsed.ok ? verifyAccessToken(parsed.claims, deps) : refused(parsed.code);
}

async function verifyPat(credential: OpaqueCredential, { database }: VerifyDeps): Promise<Verification> {
  const stored = await findPatByPrefix(database, credential.prefix);
  if (!matchesStoredHash(credential, stored?.hash) || stored === undefined) return refused('unknown');
  const proven = {
    kind: 'pat',
    id: credential.prefix,
    clientId: PAT_CLIENT,
    sessionId: null,
    expiresAtMs: stored.expiresAt?.getTime() ?? null,
    leewayMs: 0,
    audiences: 'all',
    scopes: 'all',
    refusedAs: stored.isRevoked ? 'revoked' : null,
  } as const;
  return { isGenuine: true, verified: verifiedCredential(proven, stored.user) };
}

async function verifyCookie(credential: OpaqueCredential, { database }: VerifyDeps): Promise<Verification> {
  const stored = await findCookieByPrefix(database, credential.prefix);
  if (!matchesStoredHash(credential, stored?.hash) || stored === undefined) return refused('unknown');
  const proven = {
    kind: 'session_cookie',
    id: credential.prefix,
    clientId: stored.clientId,
    sessionId: sessionIdOf(stored.sessionId),
    expiresAtMs: stored.expiresAt?.getTime() ?? null,
    leewayMs: 0,
    audiences: COOKIE_AUDIENCES,
    scopes: 'all',
    refusedAs: stored.hasEnded ? 'session_ended' : null,
  } as const;
  return { isGenuine: true, verified: verifiedCredential(proven, stored.user) };
}

async function verifyAccessToken(claims: AccessTokenClaims, deps: VerifyDeps): Promise<Verification> {
  const state = await findTokenState(deps.database, claims);
  // A signature without a user is a token of another database under the same key.
  if (state === undefined || state.user.tenantId !== claims.tenantId) return refused('unknown');
  const proven = {
    kind: 'access_token',
    id: claims.tokenId,
    clientId: claims.clientId,
    sessionId: claims.sessionId === null ? null : sessionIdOf(claims.sessionId),
    expiresAtMs: claims.expiresAtMs,
    leewayMs: deps.leewayMs,
    audiences: new Set(claims.audiences),
    scopes: claims.scopes.includes(SCOPE_ALL) ? 'all' : new Set(claims.scopes),
    refusedAs: state.isRevoked ? 'revoked' : state.hasSession ? null : 'session_ended',
  } as const;
  return { isGenuine: true, verified: verifiedCredential(proven, state.user) };
}

function refused(code: AuthenticationFailureCode): Verification {
  return { isGenuine: false, code };
}
