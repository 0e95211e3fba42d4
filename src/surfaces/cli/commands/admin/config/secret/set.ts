import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';
import { readSecretValue } from '#surfaces/cli/read-secret-value';
import { versionView } from '#surfaces/cli/secret-views';

export const command = defineCommand({
  effect: 'change',
  details: `The value comes from standard input or from a hidden prompt, never from the command line: a command line is
seen by every process of the machine and kept in the shell's history. One line feed at its end is left out.`,
  arguments: { name: argument('name', 'as the configuration names it') },
  options: {},
  examples: [
    { line: 'admin config secret set anthropic_api_key', shows: 'asks, and shows nothing' },
    { line: 'admin config secret set anthropic_api_key < key.txt', shows: 'from a file' },
  ],
  async run({ args, services, dryRun, terminal }) {
    if (dryRun) return itemOf({ dry_run: true, would: 'set', name: args.name });
    const value = await readSecretValue(terminal, `The value of ${args.name}`);
    const version = await (await services.secrets()).set(args.name, value);
    terminal.say(`${args.name} is set; a running server uses it from its next call on`);
    return itemOf(versionView(args.name, version));
  },
});
