/** The six tiers, highest first. A user may hold several; the highest decides. */
export const ROLES = ['admin', 'user', 'service', 'a2a', 'mcp', 'anonymous'] as const;

export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** The highest of the roles held; `anonymous` when there is none. */
export function highestRole(roles: readonly Role[]): Role {
  return ROLES.find((role) => roles.includes(role)) ?? 'anonymous';
}
