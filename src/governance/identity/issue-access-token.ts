import { OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import { type AccessTokenClaims, formatClaims, TOKEN_CHARACTERS_MAX } from './access-token.ts';
import { insertRevokedToken } from './credentials-store.ts';
import { changeIdentity, type IdentityChangeDeps, type Recorder } from './identity-event.ts';
import { requireActiveUser, requireLifetime } from './manage-pats.ts';
import type { TokenSigner } from './token-signing.ts';
import type { User } from './user.ts';

export type TokenIssueDeps = IdentityChangeDeps & { readonly signer: TokenSigner; readonly issuer: string };

export type AccessTokenRequest = {
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly clientId: string;
  readonly sessionId: string | null;
  readonly lifetimeMs: number;
};

export type IssuedAccessToken = {
  readonly token: string;
  readonly tokenId: string;
  readonly expiresAtMs: number;
};

/** A token for an active user, for whoever grants tokens: the authorization server, the credential helper. */
export function issueAccessToken(
  deps: TokenIssueDeps,
  idOrEmail: string,
  request: AccessTokenRequest,
): Promise<IssuedAccessToken> {
  return changeIdentity(deps, async (transaction, record) => {
    const user = await requireActiveUser(transaction, idOrEmail);
    return issueWithin(deps, record, user, request);
  });
}

/** Signs and records; the caller holds the user's row. */
export async function issueWithin(
  deps: TokenIssueDeps,
  record: Recorder,
  user: User,
  request: AccessTokenRequest,
): Promise<IssuedAccessToken> {
  const nowMs = deps.clock.nowMs();
  const claims: AccessTokenClaims = {
    issuer: deps.issuer,
    userId: user.id,
    tenantId: user.tenantId,
    audiences: request.audiences.map(requireAudience),
    scopes: request.scopes,
    clientId: request.clientId,
    sessionId: request.sessionId,
    tokenId: deps.ids.uuid(),
    issuedAtMs: nowMs,
    notBeforeMs: nowMs,
    expiresAtMs: nowMs + requireLifetime(request.lifetimeMs),
  };
  const token = await deps.signer.sign(formatClaims(claims));
  if (token.length > TOKEN_CHARACTERS_MAX) throw tooLarge();
  const detail = {
    kind: 'access_token',
    id: claims.tokenId,
    audiences: claims.audiences,
    scopes: claims.scopes,
    client_id: claims.clientId,
    session_id: claims.sessionId,
    expires_at_ms: claims.expiresAtMs,
  };
  await record({ name: 'credential_issued', tenantId: user.tenantId, subjectUserId: user.id, detail });
  // The claim holds whole seconds; what is reported must not be later.
  return { token, tokenId: claims.tokenId, expiresAtMs: Math.floor(claims.expiresAtMs / 1_000) * 1_000 };
}

/** Refuses the token from now on, everywhere within a second. */
export function revokeAccessToken(
  deps: IdentityChangeDeps,
  token: {
    readonly tokenId: string;
    readonly expiresAtMs: number;
    readonly userId: string;
    readonly tenantId: string;
    readonly leewayMs: number;
  },
): Promise<void> {
  return changeIdentity(deps, async (transaction: Database, record) => {
    await insertRevokedToken(transaction, {
      tokenId: token.tokenId,
      revokedAt: new Date(deps.clock.nowMs()),
      expiresAt: new Date(token.expiresAtMs + token.leewayMs),
    });
    const detail = { kind: 'access_token', id: token.tokenId };
    const about = { tenantId: token.tenantId, subjectUserId: token.userId };
    await record({ name: 'credential_revoked', ...about, detail });
  });
}

function requireAudience(audience: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(audience)) return audience;
  throw new OperatingError('invalid_input', 'audience_invalid', 'this cannot be an audience', {
    where: 'audience',
    remedy: 'give web, api, hooks, models, or the name of an MCP server',
  });
}

function tooLarge(): OperatingError {
  return new OperatingError('too_large', 'token_too_large', 'the token would be too large to be accepted', {
    where: 'audience',
    remedy: 'ask for fewer audiences and scopes',
  });
}
