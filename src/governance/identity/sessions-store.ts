/** All SQL on sessions; the authenticator reads through credentials-store. */
import type { Database } from '#foundation/postgres/database';
import { sessionIdOf, userIdOf } from './branded-ids.ts';
import type { OpaqueCredential } from './opaque-credential.ts';
import type { Session, SessionKind } from './session.ts';

type SessionRow = {
  readonly id: string;
  readonly user_id: string;
  readonly email: string | null;
  readonly client_id: string;
  readonly kind: SessionKind;
  readonly started_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date | null;
  readonly ended_at: Date | null;
};

const COLUMNS = `sessions.id, sessions.user_id, users.email, sessions.client_id, sessions.kind, sessions.started_at,
  sessions.last_seen_at, sessions.expires_at, sessions.ended_at`;

function sessionOf(row: SessionRow): Session {
  return {
    id: sessionIdOf(row.id),
    userId: userIdOf(row.user_id),
    email: row.email,
    clientId: row.client_id,
    kind: row.kind,
    createdAt: row.started_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  };
}

export async function insertSession(database: Database, session: Session, cookie?: OpaqueCredential): Promise<void> {
  await database.query(
    `INSERT INTO sessions (id, user_id, client_id, kind, started_at, last_seen_at, expires_at, cookie_prefix, cookie_hash)
     VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)`,
    [
      session.id,
      session.userId,
      session.clientId,
      session.kind,
      session.createdAt,
      session.expiresAt,
      cookie?.prefix ?? null,
      cookie?.hash ?? null,
    ],
  );
}

/** The newest first; of one user, or of all. */
export async function listSessions(
  database: Database,
  userId: string | undefined,
  limit: number,
): Promise<readonly Session[]> {
  const rows = await database.query<SessionRow>(
    `SELECT ${COLUMNS} FROM sessions JOIN users ON users.id = sessions.user_id
     WHERE $1::text IS NULL OR sessions.user_id = $1 ORDER BY sessions.started_at DESC, sessions.id DESC LIMIT $2`,
    [userId ?? null, limit],
  );
  return rows.map(sessionOf);
}

/** The session, whether it was ended now or before; undefined when there is none. */
export async function endSession(
  database: Database,
  id: string,
  at: Date,
): Promise<{ readonly session: Session; readonly endedNow: boolean } | undefined> {
  const ended = await database.query<{ id: string }>(
    'UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING id',
    [id, at],
  );
  const rows = await database.query<SessionRow>(
    `SELECT ${COLUMNS} FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id = $1`,
    [id],
  );
  return rows[0] === undefined ? undefined : { session: sessionOf(rows[0]), endedNow: ended.length > 0 };
}

export async function endSessionsOf(database: Database, userId: string, at: Date): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>(
    'UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL RETURNING id',
    [userId, at],
  );
  return rows.map((row) => row.id);
}

export type SessionClaim = {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly at: Date;
};

export type SessionOwner = { readonly id: string; readonly userId: string; readonly hasEnded: boolean };

/** Writes down who named these sessions first, and answers whose they are. Of two who claim one name, one wins. */
export async function claimSessions(
  database: Database,
  claims: readonly SessionClaim[],
): Promise<readonly SessionOwner[]> {
  await database.query(
    `INSERT INTO sessions (id, user_id, client_id, kind, started_at, last_seen_at)
     SELECT claim.id, claim.user_id, claim.client_id, 'named', claim.at, claim.at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS claim (id, user_id, client_id, at)
       JOIN users ON users.id = claim.user_id
     ORDER BY claim.id ON CONFLICT (id) DO NOTHING`,
    [
      claims.map((claim) => claim.id),
      claims.map((claim) => claim.userId),
      claims.map((claim) => claim.clientId),
      claims.map((claim) => claim.at),
    ],
    { name: 'identity_claim_sessions' },
  );
  const rows = await database.query<{ id: string; user_id: string; has_ended: boolean }>(
    'SELECT id, user_id, ended_at IS NOT NULL AS has_ended FROM sessions WHERE id = ANY ($1::text[])',
    [claims.map((claim) => claim.id)],
    { name: 'identity_find_session_owners' },
  );
  return rows.map((row) => ({ id: row.id, userId: row.user_id, hasEnded: row.has_ended }));
}

export async function touchSessions(database: Database, seen: ReadonlyMap<string, number>): Promise<void> {
  await database.query(
    `UPDATE sessions SET last_seen_at = greatest(last_seen_at, seen.at)
     FROM unnest($1::text[], $2::timestamptz[]) AS seen (id, at) WHERE sessions.id = seen.id`,
    [[...seen.keys()], [...seen.values()].map((atMs) => new Date(atMs))],
  );
}

/** Removes names that nobody used since `before`, and sign-ins that ended or expired before it. */
export async function deleteOldSessions(database: Database, before: Date): Promise<number> {
  const rows = await database.query<{ removed: number }>(
    `WITH old AS (
       DELETE FROM sessions
       WHERE (kind = 'named' AND last_seen_at < $1) OR (kind <> 'named' AND coalesce(ended_at, expires_at) < $1)
       RETURNING 1
     ) SELECT count(*) AS removed FROM old`,
    [before],
  );
  return rows[0]?.removed ?? 0;
}
