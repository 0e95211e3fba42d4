import type { JsonObject } from '#foundation/json';
import { isoTime } from '#foundation/time';
import type { Pat } from '#governance/identity/manage-pats';
import { highestRole } from '#governance/identity/role';
import type { Session } from '#governance/identity/session';
import type { User } from '#governance/identity/user';

export const USER_COLUMNS = ['id', 'email', 'name', 'roles', 'status', 'department', 'created_at'] as const;

export function userView(user: User): JsonObject {
  return {
    id: user.id,
    kind: user.kind,
    email: user.email,
    name: user.name,
    role: highestRole(user.roles),
    roles: user.roles,
    status: user.status,
    department: user.department,
    tenant_id: user.tenantId,
    created_at: user.createdAt.toISOString(),
  };
}

export const PAT_COLUMNS = ['id', 'prefix', 'name', 'created_at', 'expires_at', 'last_used_at', 'revoked_at'] as const;

export function patView(pat: Pat): JsonObject {
  return {
    id: pat.id,
    prefix: pat.prefix,
    name: pat.name,
    user_id: pat.userId,
    created_at: pat.createdAt.toISOString(),
    expires_at: timeOrNull(pat.expiresAt),
    last_used_at: timeOrNull(pat.lastUsedAt),
    revoked_at: timeOrNull(pat.revokedAt),
  };
}

export const SESSION_COLUMNS = ['id', 'email', 'kind', 'created_at', 'last_seen_at', 'expires_at', 'ended_at'] as const;

export function sessionView(session: Session): JsonObject {
  return {
    id: session.id,
    user_id: session.userId,
    email: session.email,
    kind: session.kind,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: timeOrNull(session.expiresAt),
    ended_at: timeOrNull(session.endedAt),
  };
}

export function timeOrNull(time: Date | null): string | null {
  return time === null ? null : isoTime(time.getTime());
}
