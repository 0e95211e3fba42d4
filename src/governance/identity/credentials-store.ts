/** What the authenticator reads: a credential and its owner in one query. Every value is a parameter. */
import type { Database } from '#foundation/postgres/database';
import type { User } from './user.ts';
import { USER_COLUMNS, type UserRow, userOf } from './users-store.ts';

export type StoredPat = {
  readonly user: User;
  readonly id: string;
  readonly hash: Buffer;
  readonly expiresAt: Date | null;
  readonly isRevoked: boolean;
};

export async function findPatByPrefix(database: Database, prefix: string): Promise<StoredPat | undefined> {
  type Row = UserRow & { pat_id: string; credential_hash: Buffer; expires_at: Date | null; is_revoked: boolean };
  const rows = await database.query<Row>(
    `SELECT ${USER_COLUMNS}, pats.id AS pat_id, pats.credential_hash, pats.expires_at,
       pats.revoked_at IS NOT NULL AS is_revoked
     FROM personal_access_tokens pats JOIN users ON users.id = pats.user_id WHERE pats.prefix = $1`,
    [prefix],
    { name: 'identity_find_pat' },
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { pat_id, credential_hash, expires_at, is_revoked } = row;
  return { user: userOf(row), id: pat_id, hash: credential_hash, expiresAt: expires_at, isRevoked: is_revoked };
}

export type StoredCookie = {
  readonly user: User;
  readonly sessionId: string;
  readonly clientId: string;
  readonly hash: Buffer;
  readonly expiresAt: Date | null;
  readonly hasEnded: boolean;
};

export async function findCookieByPrefix(database: Database, prefix: string): Promise<StoredCookie | undefined> {
  type Row = UserRow & {
    session_id: string;
    client_id: string;
    cookie_hash: Buffer;
    expires_at: Date | null;
    has_ended: boolean;
  };
  const rows = await database.query<Row>(
    `SELECT ${USER_COLUMNS}, sessions.id AS session_id, sessions.client_id, sessions.cookie_hash,
       sessions.expires_at, sessions.ended_at IS NOT NULL AS has_ended
     FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.cookie_prefix = $1`,
    [prefix],
    { name: 'identity_find_cookie' },
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { session_id, client_id, cookie_hash, expires_at, has_ended } = row;
  return {
    user: userOf(row),
    sessionId: session_id,
    clientId: client_id,
    hash: cookie_hash,
    expiresAt: expires_at,
    hasEnded: has_ended,
  };
}

export type StoredTokenState = {
  readonly user: User;
  readonly isRevoked: boolean;
  /** Whether the token's session exists, is the user's own and goes on; true for a token without one. */
  readonly hasSession: boolean;
};

export async function findTokenState(
  database: Database,
  token: { readonly userId: string; readonly tokenId: string; readonly sessionId: string | null },
): Promise<StoredTokenState | undefined> {
  const rows = await database.query<UserRow & { is_revoked: boolean; has_session: boolean }>(
    `SELECT ${USER_COLUMNS},
       EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = $2) AS is_revoked,
       $3::text IS NULL OR EXISTS (
         SELECT 1 FROM sessions WHERE sessions.id = $3 AND sessions.user_id = users.id AND ended_at IS NULL
       ) AS has_session
     FROM users WHERE users.id = $1`,
    [token.userId, token.tokenId, token.sessionId],
    { name: 'identity_find_token_state' },
  );
  const row = rows[0];
  return row === undefined ? undefined : { user: userOf(row), isRevoked: row.is_revoked, hasSession: row.has_session };
}

export async function insertRevokedToken(
  database: Database,
  token: { readonly tokenId: string; readonly expiresAt: Date; readonly revokedAt: Date },
): Promise<void> {
  await database.query(
    'INSERT INTO revoked_tokens (jti, expires_at, revoked_at) VALUES ($1, $2, $3) ON CONFLICT (jti) DO NOTHING',
    [token.tokenId, token.expiresAt, token.revokedAt],
  );
}

/** Removes what is refused for its age anyway; returns how many rows went. */
export async function deleteExpiredCredentials(database: Database, before: Date): Promise<number> {
  const rows = await database.query<{ removed: number }>(
    `WITH tokens AS (DELETE FROM revoked_tokens WHERE expires_at < $1 RETURNING 1),
       codes AS (DELETE FROM sign_in_codes WHERE expires_at < $1 RETURNING 1)
     SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM codes) AS removed`,
    [before],
  );
  return rows[0]?.removed ?? 0;
}

export async function touchPats(database: Database, uses: ReadonlyMap<string, number>): Promise<void> {
  await database.query(
    `UPDATE personal_access_tokens AS pats SET last_used_at = greatest(pats.last_used_at, used.at)
     FROM unnest($1::text[], $2::timestamptz[]) AS used (prefix, at) WHERE pats.prefix = used.prefix`,
    [[...uses.keys()], [...uses.values()].map((atMs) => new Date(atMs))],
  );
}
