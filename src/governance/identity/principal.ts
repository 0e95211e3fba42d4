import type { ClientId, SessionId, TenantId, UserId } from './correlation.ts';
import type { Role } from './role.ts';

/** The first-party surfaces. An MCP server's audience is its own name; it is never one of these. */
export const SURFACE_AUDIENCES = ['web', 'api', 'hooks', 'models'] as const;

export type CredentialKind = 'access_token' | 'pat' | 'session_cookie' | 'none';

/** Who proved itself, by what, and how far that reaches. Made by `authenticate` only. */
export type Principal = {
  readonly userId: UserId;
  readonly tenantId: TenantId;
  readonly email: string | null;
  /** The highest role held. */
  readonly role: Role;
  readonly department: string | null;
  readonly clientId: ClientId;
  /** The session the credential is bound to, if it is bound to one. */
  readonly sessionId: SessionId | null;
  readonly credential: {
    readonly kind: CredentialKind;
    /** What may be written down: a PAT's prefix, a token's `jti`; never the credential. */
    readonly id: string;
    readonly expiresAtMs: number | null;
  };
  /** `all` for a PAT: good on every surface that its owner's rules allow. */
  readonly audiences: ReadonlySet<string> | 'all';
  readonly scopes: ReadonlySet<string> | 'all';
};
