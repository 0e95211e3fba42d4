import { defineCommand } from '#surfaces/cli/command';
import { userView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { user: argument('user', 'id or e-mail') },
  options: {},
  examples: [
    { line: 'admin users show admin@localhost', shows: 'one user' },
    { line: 'admin users show admin@localhost --json', shows: 'the same for a script' },
  ],
  async run({ args, services }) {
    const identity = await services.identity();
    return itemOf(userView(await identity.findUser(args.user)));
  },
});
