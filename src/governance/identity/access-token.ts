/**
 * Access tokens: JWTs (RFC 7519) of the type `at+jwt` (RFC 9068), signed by us for us. What a token says of roles is
 * nothing: the user's row decides. This file knows the claims; signatures are in token-signing.
 */
import { canonicalJson, isJsonObject, type JsonValue, parseJsonBytes } from '#foundation/json';
import type { AuthenticationFailureCode } from './authentication-failure.ts';

export const TOKEN_TYPE = 'at+jwt';

/** A token is a header, not a file; what is longer is refused before anything of it is decoded. */
export const TOKEN_CHARACTERS_MAX = 8_192;

/** The scope that stands for all that the user's role allows; only first-party sign-ins get it. */
export const SCOPE_ALL = '*';

export type AccessTokenClaims = {
  readonly issuer: string;
  readonly userId: string;
  readonly tenantId: string;
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly clientId: string;
  /** The session that ends the token with itself; null for a token that stands alone. */
  readonly sessionId: string | null;
  readonly tokenId: string;
  readonly issuedAtMs: number;
  readonly notBeforeMs: number;
  readonly expiresAtMs: number;
};

export type ClaimRules = { readonly issuer: string; readonly leewayMs: number };

export type ClaimsResult =
  | { readonly ok: true; readonly claims: AccessTokenClaims }
  | { readonly ok: false; readonly code: AuthenticationFailureCode };

const LIST_MAX = 64;
const TEXT_CHARACTERS_MAX = 200;
const JSON_BOUNDS = { depthMax: 4 };

export function formatClaims(claims: AccessTokenClaims): string {
  return canonicalJson({
    iss: claims.issuer,
    sub: claims.userId,
    tenant: claims.tenantId,
    aud: claims.audiences,
    scope: claims.scopes.join(' '),
    client_id: claims.clientId,
    ...(claims.sessionId === null ? {} : { session_id: claims.sessionId }),
    jti: claims.tokenId,
    iat: Math.floor(claims.issuedAtMs / 1_000),
    nbf: Math.floor(claims.notBeforeMs / 1_000),
    exp: Math.floor(claims.expiresAtMs / 1_000),
  });
}

/** Reads a payload whose signature was verified. Duplicate members are refused by the JSON door. */
export function parseClaims(payload: Uint8Array, rules: ClaimRules, nowMs: number): ClaimsResult {
  let root: JsonValue;
  try {
    root = parseJsonBytes(payload, JSON_BOUNDS);
  } catch {
    return MALFORMED;
  }
  if (!isJsonObject(root)) return MALFORMED;
  const userId = text(root.sub);
  const tenantId = text(root.tenant);
  const clientId = text(root.client_id);
  const tokenId = text(root.jti);
  const sessionId = root.session_id === undefined ? null : text(root.session_id);
  const audiences = parseAudiences(root.aud);
  const scopes = parseScopes(root.scope);
  const expiresAtMs = numericDate(root.exp);
  const issuedAtMs = numericDate(root.iat);
  const notBeforeMs = root.nbf === undefined ? issuedAtMs : numericDate(root.nbf);
  if (root.iss !== rules.issuer) return { ok: false, code: 'unknown' };
  if (userId === undefined || tenantId === undefined || clientId === undefined || tokenId === undefined) {
    return MALFORMED;
  }
  if (sessionId === undefined || audiences === undefined || scopes === undefined) return MALFORMED;
  if (expiresAtMs === undefined || issuedAtMs === undefined || notBeforeMs === undefined) return MALFORMED;
  if (nowMs >= expiresAtMs + rules.leewayMs) return { ok: false, code: 'expired' };
  if (nowMs < Math.max(notBeforeMs, issuedAtMs) - rules.leewayMs) return { ok: false, code: 'not_yet_valid' };
  const claims = { issuer: rules.issuer, userId, tenantId, audiences, scopes, clientId, sessionId, tokenId };
  return { ok: true, claims: { ...claims, issuedAtMs, notBeforeMs, expiresAtMs } };
}

const MALFORMED: ClaimsResult = { ok: false, code: 'malformed' };

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_CHARACTERS_MAX ? value : undefined;
}

/** RFC 7519 section 4.1.3: one string or an array of them. */
function parseAudiences(value: JsonValue | undefined): string[] | undefined {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [value ?? null];
  if (list.length === 0 || list.length > LIST_MAX) return undefined;
  const audiences = list.map(text).filter((audience) => audience !== undefined);
  return audiences.length === list.length ? audiences : undefined;
}

/** RFC 8693 section 4.2: words apart by one space. No scope is the empty set, never everything. */
function parseScopes(value: JsonValue | undefined): string[] | undefined {
  if (value === undefined || value === '') return [];
  if (typeof value !== 'string' || value.length > TOKEN_CHARACTERS_MAX) return undefined;
  const scopes = value.split(' ');
  return scopes.length <= LIST_MAX && scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
    ? scopes
    : undefined;
}

/** Whole seconds since the epoch, in milliseconds. A fraction, a string or 1e400 is none. */
function numericDate(value: JsonValue | undefined): number | undefined {
  const isDate = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e11;
  return isDate ? value * 1_000 : undefined;
}
