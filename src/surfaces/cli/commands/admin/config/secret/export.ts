import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';
import { readSecretValue } from '#surfaces/cli/read-secret-value';

export const command = defineCommand({
  effect: 'change',
  details:
    'Writes what is in force into a new file of mode 0600, sealed by a passphrase from standard input or a prompt.',
  arguments: { file: argument('file', 'a file that does not exist yet') },
  options: {},
  examples: [{ line: 'admin config secret export secrets.sealed', shows: 'asks for a passphrase' }],
  async run({ args, services, dryRun, terminal }) {
    const secrets = await services.secrets();
    if (dryRun) return itemOf({ dry_run: true, would: 'export', file: args.file, secrets: secrets.list().length });
    const passphrase = await readSecretValue(terminal, 'Passphrase of the export');
    return itemOf({ exported: await secrets.exportTo(args.file, passphrase), file: args.file });
  },
});
