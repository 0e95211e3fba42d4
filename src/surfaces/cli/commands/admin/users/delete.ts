import { defineCommand } from '#surfaces/cli/command';
import { userView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'destroy',
  details: 'Ends every session and revokes every credential of the user. What the user did stays recorded.',
  arguments: { user: argument('user', 'id or e-mail') },
  options: {},
  examples: [
    { line: 'admin users delete ada@example.com', shows: 'asks before it deletes' },
    { line: 'admin users delete ada@example.com --yes', shows: 'in a script' },
  ],
  async run({ args, services, confirm, dryRun, terminal }) {
    const identity = await services.identity();
    const user = await identity.findUser(args.user);
    if (dryRun) return itemOf({ dry_run: true, would: 'delete', ...userView(user) });
    await confirm(`Delete ${user.email ?? user.id} and revoke all that the user holds?`);
    await identity.deleteUser(user.id);
    terminal.say(`deleted ${user.email ?? user.id}`);
    return itemOf({ deleted: true, id: user.id, email: user.email });
  },
});
