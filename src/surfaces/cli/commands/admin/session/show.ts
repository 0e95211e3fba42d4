import { OperatingError } from '#foundation/errors';
import { defineCommand } from '#surfaces/cli/command';
import { sessionView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { session: argument('session', 'its id') },
  options: {},
  examples: [{ line: 'admin session show 01890a5d-ac96-774b-bcce-b302099a8057', shows: 'one session' }],
  async run({ args, services }) {
    const identity = await services.identity();
    const session = (await identity.listSessions(undefined)).find((candidate) => candidate.id === args.session);
    if (session === undefined) {
      throw new OperatingError(
        'not_found',
        'session_not_found',
        `there is no session ${JSON.stringify(args.session)}`,
        {
          remedy: 'systemprompt admin session list',
        },
      );
    }
    return itemOf(sessionView(session));
  },
});
