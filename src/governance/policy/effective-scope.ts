import { ROLES, type Role } from '../identity/role.ts';

/** The lesser of the two: an agent narrows what its principal may do and never widens it. */
export function effectiveScope(principal: Role, agent: Role | null): Role {
  if (agent === null) return principal;
  return ROLES.indexOf(agent) > ROLES.indexOf(principal) ? agent : principal;
}
