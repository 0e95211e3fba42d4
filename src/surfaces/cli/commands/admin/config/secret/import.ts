import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument, flag } from '#surfaces/cli/parameters';
import { readSecretValue } from '#surfaces/cli/read-secret-value';

export const command = defineCommand({
  effect: 'change',
  details: 'Takes the passphrase of the export from standard input or a prompt. A secret that exists is left as it is.',
  arguments: { file: argument('file', 'what `secret export` wrote') },
  options: { replace: flag('--replace', 'give secrets that exist a new version') },
  examples: [{ line: 'admin config secret import secrets.sealed', shows: 'into this home' }],
  async run({ args, options, services, dryRun, terminal }) {
    if (dryRun) return itemOf({ dry_run: true, would: 'import', file: args.file, replace: options.replace });
    const passphrase = await readSecretValue(terminal, 'Passphrase of the export');
    const secrets = await services.secrets();
    const { imported, skipped } = await secrets.importFrom(args.file, passphrase, { replace: options.replace });
    return itemOf({ imported, skipped });
  },
});
