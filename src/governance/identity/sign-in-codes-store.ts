/** All SQL on one-time sign-in codes. */
import type { Database } from '#foundation/postgres/database';

export async function insertSignInCode(
  database: Database,
  code: { readonly hash: Buffer; readonly userId: string; readonly createdAt: Date; readonly expiresAt: Date },
): Promise<void> {
  await database.query(
    'INSERT INTO sign_in_codes (code_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)',
    [code.hash, code.userId, code.createdAt, code.expiresAt],
  );
}

/** The user of the code, for exactly one of all who ask, however many ask at once. */
export async function useSignInCode(database: Database, hash: Buffer, at: Date): Promise<string | undefined> {
  const rows = await database.query<{ user_id: string }>(
    `UPDATE sign_in_codes SET used_at = $2
     WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING user_id`,
    [hash, at],
  );
  return rows[0]?.user_id;
}

/** Whose code it is, used or not, for the record of a failed sign-in. */
export async function findSignInCodeOwner(
  database: Database,
  hash: Buffer,
): Promise<{ readonly userId: string; readonly tenantId: string } | undefined> {
  const rows = await database.query<{ user_id: string; tenant_id: string }>(
    `SELECT codes.user_id, users.tenant_id FROM sign_in_codes codes JOIN users ON users.id = codes.user_id
     WHERE codes.code_hash = $1`,
    [hash],
  );
  const row = rows[0];
  return row === undefined ? undefined : { userId: row.user_id, tenantId: row.tenant_id };
}
