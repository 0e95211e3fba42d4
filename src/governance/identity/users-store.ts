/** All SQL on users and tenants. */
import type { Database } from '#foundation/postgres/database';
import { tenantIdOf, userIdOf } from './branded-ids.ts';
import { isRole, type Role } from './role.ts';
import type { User, UserKind, UserStatus } from './user.ts';

export type UserRow = {
  readonly id: string;
  readonly tenant_id: string;
  readonly kind: UserKind;
  readonly email: string | null;
  readonly name: string;
  readonly roles: readonly string[];
  readonly department: string | null;
  readonly status: UserStatus;
  readonly created_at: Date;
};

export const USER_COLUMNS =
  'users.id, users.tenant_id, users.kind, users.email, users.name, users.roles, users.department, users.status, users.created_at';

export function userOf(row: UserRow): User {
  return {
    id: userIdOf(row.id),
    tenantId: tenantIdOf(row.tenant_id),
    kind: row.kind,
    email: row.email,
    name: row.name,
    roles: row.roles.filter(isRole),
    department: row.department,
    status: row.status,
    createdAt: row.created_at,
  };
}

export async function insertUser(database: Database, user: User): Promise<void> {
  await database.query(
    `INSERT INTO users (id, tenant_id, kind, email, name, roles, department, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
    [
      user.id,
      user.tenantId,
      user.kind,
      user.email,
      user.name,
      user.roles,
      user.department,
      user.status,
      user.createdAt,
    ],
  );
}

export async function findUserById(database: Database, id: string): Promise<User | undefined> {
  const rows = await database.query<UserRow>(`SELECT ${USER_COLUMNS} FROM users WHERE id = $1`, [id]);
  return rows[0] === undefined ? undefined : userOf(rows[0]);
}

/** By id, or by e-mail among those not deleted; `forUpdate` holds the row until the transaction ends. */
export async function findUser(
  database: Database,
  idOrEmail: string,
  options: { readonly forUpdate?: boolean } = {},
): Promise<User | undefined> {
  const rows = await database.query<UserRow>(
    `SELECT ${USER_COLUMNS} FROM users
     WHERE id = $1 OR (email = lower($1) AND status <> 'deleted')
     ORDER BY (id = $1) DESC LIMIT 1 ${options.forUpdate === true ? 'FOR UPDATE' : ''}`,
    [idOrEmail],
  );
  return rows[0] === undefined ? undefined : userOf(rows[0]);
}

/** Oldest first. `text` stands anywhere in the name or the e-mail, or begins the id; case is ignored. */
export async function listUsers(
  database: Database,
  filter: { readonly role?: Role | undefined; readonly text?: string | undefined; readonly limit: number },
): Promise<readonly User[]> {
  const rows = await database.query<UserRow>(
    `SELECT ${USER_COLUMNS} FROM users
     WHERE status <> 'deleted'
       AND ($1::text IS NULL OR $1 = ANY (roles))
       AND ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0 OR strpos(email, lower($2)) > 0
            OR starts_with(id, lower($2)))
     ORDER BY created_at, id LIMIT $3`,
    [filter.role ?? null, filter.text ?? null, filter.limit],
  );
  return rows.map(userOf);
}

export async function countUsersByRole(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ role: string | null; users: number }>(
    `SELECT role, count(*) AS users FROM users, unnest(roles) AS role WHERE status <> 'deleted' GROUP BY role
     UNION ALL SELECT NULL, count(*) FROM users WHERE status <> 'deleted'`,
  );
  return new Map(rows.map((row) => [row.role ?? 'total', row.users]));
}

export type UserPatch = Partial<Pick<User, 'name' | 'roles' | 'department' | 'status' | 'email'>>;

export async function updateUser(database: Database, id: string, patch: UserPatch, at: Date): Promise<void> {
  await database.query(
    `UPDATE users SET
       name = coalesce($2, name), roles = coalesce($3, roles), status = coalesce($4, status),
       email = coalesce($5, email), department = CASE WHEN $6 THEN $7 ELSE department END, updated_at = $8
     WHERE id = $1`,
    [
      id,
      patch.name ?? null,
      patch.roles ?? null,
      patch.status ?? null,
      patch.email ?? null,
      patch.department !== undefined,
      patch.department ?? null,
      at,
    ],
  );
}

/**
 * How many active administrators the tenant has. Whoever takes one away asks under this lock, so that two who take the
 * last two away at once do not both succeed.
 */
export async function countAdministrators(database: Database, tenantId: string): Promise<number> {
  await database.query("SELECT pg_advisory_xact_lock(hashtextextended('administrators of ' || $1, 0))", [tenantId]);
  const rows = await database.query<{ count: number }>(
    "SELECT count(*) AS count FROM users WHERE tenant_id = $1 AND status = 'active' AND 'admin' = ANY (roles)",
    [tenantId],
  );
  return rows[0]?.count ?? 0;
}
