import { OperatingError } from '#foundation/errors';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { duration } from '#surfaces/cli/parameters';
import { requireRuntime } from '#surfaces/cli/server-away';
import { endsWithin, terminate } from '#surfaces/cli/server-process';

const TIMEOUT_MS = 30_000;

export const command = defineCommand({
  effect: 'destroy',
  details: 'Calls in flight end first, within the bound of the profile; then the journal, the children, the database.',
  arguments: {},
  options: { timeout: duration('--timeout <duration>', 'wait this long for its end; 30s when left out') },
  examples: [{ line: 'infra services stop --yes', shows: 'in a script' }],
  async run({ options, services, clock, confirm, dryRun, terminal }) {
    const runtime = await requireRuntime(services);
    const { pid, baseUrl } = runtime;
    if (dryRun) return itemOf({ dry_run: true, would: 'stop', pid, base_url: baseUrl });
    await confirm(`Stop the server at ${baseUrl} (process ${pid})?`);
    terminal.say(`stopping ${baseUrl} ...`);
    // Whoever answers there is the server, so the process that it names is the one to stop.
    await (await services.server()).call({ method: 'GET', path: '/health' });
    if (terminate(pid) && !(await endsWithin(pid, clock, options.timeout ?? TIMEOUT_MS))) {
      throw new OperatingError('timeout', 'stop_timeout', `process ${pid} still runs`, {
        remedy: `kill -9 ${pid}; nothing that was decided is lost`,
      });
    }
    return itemOf({ stopped: true, pid, base_url: baseUrl });
  },
});
