import { OperatingError } from '#foundation/errors';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { choice, optionalArgument } from '#surfaces/cli/parameters';
import { readSecretValue } from '#surfaces/cli/read-secret-value';
import { versionView } from '#surfaces/cli/secret-views';

export const command = defineCommand({
  effect: 'change',
  details: `With a name: a new value, from standard input or a hidden prompt; the version before it stays known to the
scanner. With --layer: the same values under new keys. A rotation that is cut short leaves the old keys in force.`,
  arguments: { name: optionalArgument('name', 'the secret that gets a new value') },
  options: { layer: choice('--layer <layer>', 'the key that is made anew', ['store', 'master']) },
  examples: [
    { line: 'admin config secret rotate anthropic_api_key < new-key.txt', shows: 'a new value' },
    { line: 'admin config secret rotate --layer store', shows: 'new store key, new data keys' },
    { line: 'admin config secret rotate --layer master', shows: 'new master key' },
  ],
  async run({ args, options, services, dryRun, terminal }) {
    const { layer } = options;
    if ((args.name === undefined) === (layer === undefined)) {
      throw new OperatingError('invalid_input', 'rotate_what', 'name either a secret or a layer', {
        remedy: 'systemprompt admin config secret rotate NAME, or --layer store|master',
      });
    }
    const secrets = await services.secrets();
    if (dryRun) return itemOf({ dry_run: true, would: 'rotate', name: args.name ?? null, layer: layer ?? null });
    if (args.name !== undefined) {
      const value = await readSecretValue(terminal, `The new value of ${args.name}`);
      return itemOf(versionView(args.name, await secrets.rotate(args.name, value)));
    }
    await (layer === 'master' ? secrets.rotateMasterKey() : secrets.rotateStoreKey());
    return itemOf({ rotated: true, layer: layer ?? null, secrets: secrets.list().length });
  },
});
