import { clientIdOf, tenantIdOf, userIdOf } from './branded-ids.ts';
import type { Principal } from './principal.ts';

export const DEFAULT_TENANT = 'default';

/** Whoever proved nothing: what a refused request is recorded under. */
export function anonymousPrincipal(): Principal {
  return {
    userId: userIdOf('anonymous'),
    tenantId: tenantIdOf(DEFAULT_TENANT),
    email: null,
    role: 'anonymous',
    department: null,
    clientId: clientIdOf('anonymous'),
    sessionId: null,
    credential: { kind: 'none', id: 'none', expiresAtMs: null },
    audiences: new Set(),
    scopes: new Set(),
  };
}
