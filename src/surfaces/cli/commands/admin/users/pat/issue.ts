import { defineCommand } from '#surfaces/cli/command';
import { patView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { argument, duration, flag, requiredText } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'change',
  details:
    'Prints the secret once; only its hash is kept. It is good on every surface that the rules of its owner allow.',
  arguments: { user: argument('user', 'id or e-mail of the owner') },
  options: {
    name: requiredText('--name <name>', 'what it is for'),
    expiresIn: duration('--expires-in <duration>', 'for example 90d; never when left out'),
    tokenOnly: flag('--token-only', 'print the secret and nothing else'),
  },
  examples: [
    { line: 'admin users pat issue ada@example.com --name laptop', shows: 'for a laptop' },
    { line: 'admin users pat issue ada@example.com --name ci --expires-in 90d --token-only', shows: 'for a script' },
  ],
  async run({ args, options, services, dryRun, terminal }) {
    const identity = await services.identity();
    const user = await identity.findUser(args.user);
    if (dryRun) return itemOf({ dry_run: true, would: 'issue', name: options.name, user_id: user.id });
    const { pat, secret } = await identity.issuePat(user.id, { name: options.name, expiresInMs: options.expiresIn });
    if (options.tokenOnly) return { kind: 'line', line: secret };
    terminal.say('The secret is shown this once:');
    return itemOf({ secret, ...patView(pat) });
  },
});
