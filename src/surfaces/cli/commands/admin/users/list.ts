import { ROLES } from '#governance/identity/role';
import { defineCommand } from '#surfaces/cli/command';
import { USER_COLUMNS, userView } from '#surfaces/cli/identity-views';
import { listOf } from '#surfaces/cli/output';
import { choice, integerOr } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {
    role: choice('--role <role>', 'only those who hold this role', ROLES),
    limit: integerOr('-n, --limit <count>', 'at most this many', { min: 1, max: 10_000 }, 100),
  },
  examples: [
    { line: 'admin users list', shows: 'everybody' },
    { line: 'admin users list --role admin --json', shows: 'the administrators, for a script' },
  ],
  async run({ options, services }) {
    const identity = await services.identity();
    const users = await identity.listUsers({ role: options.role, limit: options.limit });
    return listOf(
      USER_COLUMNS,
      users.map(userView),
      users.length === options.limit ? 'there may be more: --limit' : undefined,
    );
  },
});
