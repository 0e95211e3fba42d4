import type { JsonObject } from '#foundation/json';
import { isoTime } from '#foundation/time';
import { defineCommand } from '#surfaces/cli/command';
import { LOG_LEVELS, type LogEntry, readLogEntries } from '#surfaces/cli/log-file';
import { listOf } from '#surfaces/cli/output';
import { choice, duration, integerOr } from '#surfaces/cli/parameters';

const SINCE_MS = 24 * 3_600_000;

export const command = defineCommand({
  effect: 'none',
  details: 'Diagnostics of the server, which may be lost. What was decided is never lost: infra logs audit.',
  arguments: {},
  options: {
    since: duration('--since <duration>', 'not older than this; 24h when left out'),
    level: choice('--level <level>', 'at least this severe', LOG_LEVELS),
    limit: integerOr('-n, --limit <count>', 'the newest so many', { min: 1, max: 100_000 }, 100),
  },
  examples: [
    { line: 'infra logs view --since 1h --level warn', shows: 'what went wrong in the last hour' },
    { line: 'infra logs view -n 20 -o ndjson', shows: 'the newest twenty, one JSON object a line' },
  ],
  async run({ options, services, clock }) {
    const least = LOG_LEVELS.indexOf(options.level ?? 'debug');
    const sinceMs = clock.nowMs() - (options.since ?? SINCE_MS);
    const newest: LogEntry[] = [];
    for await (const entry of readLogEntries(services.places().logFile)) {
      if (entry.atMs < sinceMs || LOG_LEVELS.indexOf(entry.level) < least) continue;
      newest.push(entry);
      if (newest.length > options.limit) newest.shift();
    }
    const remark = newest.length === 0 ? 'nothing was written in that time' : undefined;
    return listOf(['time', 'level', 'message', 'fields'], newest.map(entryView), remark);
  },
});

function entryView({ atMs, level, message, fields }: LogEntry): JsonObject {
  return { time: isoTime(atMs), level, message, fields };
}
