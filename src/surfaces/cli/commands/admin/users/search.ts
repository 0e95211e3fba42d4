import { defineCommand } from '#surfaces/cli/command';
import { USER_COLUMNS, userView } from '#surfaces/cli/identity-views';
import { listOf } from '#surfaces/cli/output';
import { argument, integerOr } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { text: argument('text', 'a part of a name, an e-mail or an id') },
  options: { limit: integerOr('-n, --limit <count>', 'at most this many', { min: 1, max: 10_000 }, 100) },
  examples: [
    { line: 'admin users search ada', shows: 'everybody with "ada" in name or e-mail' },
    { line: 'admin users search example.com --json', shows: 'a whole domain' },
  ],
  async run({ args, options, services }) {
    const identity = await services.identity();
    const users = await identity.listUsers({ text: args.text, limit: options.limit });
    return listOf(USER_COLUMNS, users.map(userView), users.length === 0 ? 'nobody matches' : undefined);
  },
});
