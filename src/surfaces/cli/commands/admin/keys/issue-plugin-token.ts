import { isoTime } from '#foundation/time';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { duration, flag, text, textOr } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'change',
  details:
    'For the hooks of a client: it may ask for decisions (hook:govern) and report events (hook:track), nothing else.',
  arguments: {},
  options: {
    email: text('--email <email>', 'in whose name the client speaks; the administrator when left out'),
    plugin: textOr('--plugin <id>', 'the label of the client in the records', 'systemprompt'),
    expiresIn: duration('--expires-in <duration>', 'for example 365d'),
    tokenOnly: flag('--token-only', 'print the token and nothing else'),
  },
  examples: [
    { line: 'admin keys issue-plugin-token --token-only', shows: 'for a script' },
    { line: 'admin keys issue-plugin-token --email ada@example.com --plugin claude-code', shows: 'for a person' },
  ],
  async run({ options, services, dryRun }) {
    const { email, plugin: pluginId, expiresIn: durationMs } = options;
    if (dryRun) return itemOf({ dry_run: true, would: 'issue', email: email ?? null, plugin_id: pluginId });
    const identity = await services.identity();
    const { token, expiresAtMs } = await identity.issuePluginToken({ email, pluginId, durationMs });
    if (options.tokenOnly) return { kind: 'line', line: token };
    return itemOf({ token, plugin_id: pluginId, expires_at: isoTime(expiresAtMs) });
  },
});
