import { defineCommand } from '#surfaces/cli/command';
import { PAT_COLUMNS, patView } from '#surfaces/cli/identity-views';
import { listOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { user: argument('user', 'id or e-mail') },
  options: {},
  examples: [{ line: 'admin users pat list ada@example.com', shows: 'by prefix; the secrets are not kept' }],
  async run({ args, services }) {
    const identity = await services.identity();
    const user = await identity.findUser(args.user);
    const pats = await identity.listPats(user.id);
    const remark =
      pats.length === 0 ? `none; systemprompt admin users pat issue ${args.user} --name laptop` : undefined;
    return listOf(PAT_COLUMNS, pats.map(patView), remark);
  },
});
