import { defineCommand } from '#surfaces/cli/command';
import { patView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'destroy',
  details: 'Refused everywhere within a second.',
  arguments: { pat: argument('pat', 'id or prefix (sp-live-...)') },
  options: {},
  examples: [{ line: 'admin users pat revoke sp-live-0a1b2c3d4e5f --yes', shows: 'by prefix' }],
  async run({ args, services, confirm, dryRun }) {
    if (dryRun) return itemOf({ dry_run: true, would: 'revoke', pat: args.pat });
    await confirm(`Revoke ${args.pat}?`);
    const identity = await services.identity();
    return itemOf(patView(await identity.revokePat(args.pat)));
  },
});
