import { ROLES } from '#governance/identity/role';
import { principalLimit, sessionLimit } from '#governance/limits/limit-of';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {},
  examples: [{ line: 'admin config rate-limits show', shows: 'what a role may ask for, per window' }],
  async run({ services }) {
    const limits = await services.configuration().rateLimits();
    const { enabled, requests_per_window, window_secs } = limits;
    const items = ROLES.map((role) => ({
      role,
      multiplier: limits.role_multipliers[role],
      session: sessionLimit(limits, role),
      principal: principalLimit(limits, role),
    }));
    const item = { enabled, requests_per_window, window_secs, columns: COLUMNS, items };
    const lines = items.map(
      ({ role, session, principal }) =>
        `${role.padEnd(12)}${String(session).padStart(8)}${String(principal).padStart(12)}`,
    );
    const head = `${'role'.padEnd(12)}${'session'.padStart(8)}${'principal'.padStart(12)}`;
    const state = enabled ? `calls within ${window_secs} s` : 'not enforced: rate_limit is disabled';
    return itemOf(item, [head, ...lines, '', state].join('\n'));
  },
});

const COLUMNS = ['role', 'multiplier', 'session', 'principal'];
