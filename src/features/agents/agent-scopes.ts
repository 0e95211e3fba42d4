import { highestRole, isRole, type Role } from '#governance/identity/role';
import type { AgentsConfig } from './config.ts';

/**
 * Agent id to the scope that the operator declared: the highest role among the scopes that its callers need. An agent
 * that names no role has none of its own. A disabled agent keeps its scope, so that naming it never widens anything.
 */
export function agentScopes(agents: AgentsConfig): ReadonlyMap<string, Role> {
  const scopes = new Map<string, Role>();
  for (const [id, agent] of Object.entries(agents)) {
    const roles = agent.oauth.scopes.filter(isRole);
    if (roles.length > 0) scopes.set(id, highestRole(roles));
  }
  return scopes;
}
