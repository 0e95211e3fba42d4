/** All SQL on the management of personal access tokens; the authenticator reads through credentials-store. */
import type { Database } from '#foundation/postgres/database';
import type { Pat } from './manage-pats.ts';

type PatRow = {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
};

const COLUMNS = 'id, user_id, name, prefix, created_at, expires_at, last_used_at, revoked_at';

function patOf(row: PatRow): Pat {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    prefix: row.prefix,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}

export async function insertPat(database: Database, pat: Pat, hash: Buffer): Promise<void> {
  await database.query(
    `INSERT INTO personal_access_tokens (id, user_id, name, prefix, credential_hash, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [pat.id, pat.userId, pat.name, pat.prefix, hash, pat.createdAt, pat.expiresAt],
  );
}

/** Newest first, the revoked and expired ones too. */
export async function listPats(database: Database, userId: string): Promise<readonly Pat[]> {
  const rows = await database.query<PatRow>(
    `SELECT ${COLUMNS} FROM personal_access_tokens WHERE user_id = $1 ORDER BY created_at DESC, id DESC`,
    [userId],
  );
  return rows.map(patOf);
}

/** By id or prefix; the first revocation stands. */
export async function revokePat(database: Database, idOrPrefix: string, at: Date): Promise<Pat | undefined> {
  const rows = await database.query<PatRow>(
    `UPDATE personal_access_tokens SET revoked_at = coalesce(revoked_at, $2)
     WHERE id = $1 OR prefix = $1 RETURNING ${COLUMNS}`,
    [idOrPrefix, at],
  );
  return rows[0] === undefined ? undefined : patOf(rows[0]);
}

export async function revokePatsOf(database: Database, userId: string, at: Date): Promise<readonly Pat[]> {
  const rows = await database.query<PatRow>(
    `UPDATE personal_access_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL RETURNING ${COLUMNS}`,
    [userId, at],
  );
  return rows.map(patOf);
}
