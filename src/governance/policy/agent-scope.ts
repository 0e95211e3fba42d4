import type { Role } from '../identity/role.ts';
import type { Call } from './call.ts';

/** Agent id to declared scope, as the agents of the services tree declare it. */
export type AgentScopes = ReadonlyMap<string, Role>;

/**
 * The agent that a request names, with the scope that the operator declared for it. The name may come from a body: an
 * unknown one has no scope of its own, so the principal's stands, and a known one can only lower it.
 */
export function agentNamed(id: string | null | undefined, declared: AgentScopes): Call['agent'] {
  if (id === null || id === undefined || id === '') return null;
  return { id, scope: declared.get(id) ?? null };
}
