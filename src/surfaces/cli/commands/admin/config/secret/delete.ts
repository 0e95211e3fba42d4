import { OperatingError } from '#foundation/errors';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'destroy',
  details: 'Every version of it. What the configuration grants it to fails until it is set again.',
  arguments: { name: argument('name', 'as the configuration names it') },
  options: {},
  examples: [{ line: 'admin config secret delete old_key --yes', shows: 'in a script' }],
  async run({ args, services, confirm, dryRun }) {
    const secrets = await services.secrets();
    if (!secrets.list().some((secret) => secret.name === args.name)) {
      throw new OperatingError(
        'not_found',
        'secret_not_found',
        `the store has no secret ${JSON.stringify(args.name)}`,
        {
          remedy: 'systemprompt admin config secret list',
        },
      );
    }
    if (dryRun) return itemOf({ dry_run: true, would: 'delete', name: args.name });
    await confirm(`Delete every version of ${args.name}?`);
    await secrets.delete(args.name);
    return itemOf({ deleted: true, name: args.name });
  },
});
