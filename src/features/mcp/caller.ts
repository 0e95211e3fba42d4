import type { Correlation } from '#governance/identity/correlation';
import type { Principal } from '#governance/identity/principal';

/** Who sent the request, authenticated by the surface, and the ids that its records carry. */
export type McpCaller = { readonly principal: Principal; readonly correlation: Correlation };

/** Whose a session is: a session found under another owner does not exist. */
export function ownerOf(caller: McpCaller): string {
  const { tenantId, userId, clientId } = caller.principal;
  return JSON.stringify([tenantId, userId, clientId]);
}
