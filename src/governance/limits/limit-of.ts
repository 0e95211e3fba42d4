import type { Role } from '#governance/identity/role';
import type { RateLimitConfig } from './config.ts';

/** Calls that one session of `role` may make in one window; at least one unless the role's multiplier is 0. */
export function sessionLimit(config: RateLimitConfig, role: Role): number {
  return atLeastOne(config.requests_per_window * config.role_multipliers[role]);
}

/** Calls that one principal of `role` may make in one window, over all of its sessions together. */
export function principalLimit(config: RateLimitConfig, role: Role): number {
  return atLeastOne(config.requests_per_window * config.role_multipliers[role] * config.principal_multiplier);
}

function atLeastOne(product: number): number {
  return product === 0 ? 0 : Math.max(1, Math.floor(product));
}
