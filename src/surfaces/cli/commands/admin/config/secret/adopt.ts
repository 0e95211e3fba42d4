import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'destroy',
  details: `A store that was put back from a backup is older than the last one that was used here, and is refused as
rolled back. This says that it is meant; values that were revoked since are in force again.`,
  arguments: {},
  options: {},
  examples: [{ line: 'admin config secret adopt', shows: 'after restoring <home>/secrets' }],
  async run({ services, confirm, dryRun }) {
    if (dryRun) return itemOf({ dry_run: true, would: 'adopt' });
    await confirm('Take over the restored store, older than the last one used here?');
    const secrets = await services.secrets();
    await secrets.adopt();
    return itemOf({ adopted: true, secrets: secrets.list().length });
  },
});
