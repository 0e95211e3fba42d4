import { exportAudit } from '#governance/audit/export';
import { awaitRecords } from '#surfaces/cli/await-records';
import { defineCommand } from '#surfaces/cli/command';
import { duration } from '#surfaces/cli/parameters';
import { createProgress } from '#surfaces/cli/progress';

export const command = defineCommand({
  effect: 'none',
  details: `Every record word for word with the signed checkpoints, as NDJSON whatever format is asked for. It is verified
without this machine: infra audit verify --export FILE --keys FILE.`,
  arguments: {},
  options: { since: duration('--since <duration>', 'not older than this, with the tree state of what is left out') },
  examples: [
    { line: 'infra audit export > audit.ndjson', shows: 'everything' },
    { line: 'infra audit export --since 30d > audit.ndjson', shows: 'the last thirty days' },
  ],
  async run(context) {
    const { services, options, terminal, clock } = context;
    await awaitRecords(context);
    const since = options.since === undefined ? {} : { sinceMs: clock.nowMs() - options.since };
    const progress = createProgress('exported', 'lines', terminal, clock);
    try {
      for await (const line of exportAudit({ database: await services.database(), ...since })) {
        terminal.print(line);
        await terminal.drained();
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    return { kind: 'nothing' };
  },
});
