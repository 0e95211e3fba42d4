import { defineCommand } from '#surfaces/cli/command';
import { sessionView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'destroy',
  details: 'Ends the session; what it issued is refused everywhere within a second.',
  arguments: { session: argument('session', 'its id') },
  options: {},
  examples: [{ line: 'admin session logout 01890a5d-ac96-774b-bcce-b302099a8057 --yes', shows: 'one session' }],
  async run({ args, services, confirm, dryRun }) {
    if (dryRun) return itemOf({ dry_run: true, would: 'end', session: args.session });
    await confirm(`End the session ${args.session}?`);
    const identity = await services.identity();
    return itemOf(sessionView(await identity.endSession(args.session)));
  },
});
