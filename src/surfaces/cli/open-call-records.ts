import type { Clock } from '#foundation/time';
import { awaitRecords } from './await-records.ts';
import { type CallRecords, createCallRecords, type RecordFilter } from './call-records-store.ts';
import type { CommandContext } from './context.ts';
import { duration, integerOr, text } from './parameters.ts';

/** The options that every list of records takes. */
export const RECORD_OPTIONS = {
  since: duration('--since <duration>', 'not older than this; 24h when left out'),
  limit: integerOr('-n, --limit <count>', 'at most this many', { min: 1, max: 10_000 }, 50),
} as const;

/** Which model requests. */
export const REQUEST_OPTIONS = {
  model: text('--model <name>', 'as asked for or as served'),
  provider: text('--provider <name>', 'only those of this provider'),
  user: text('--user <id>', 'only those of this user'),
} as const;

const SINCE_MS = 24 * 3_600_000;

/** When the records begin that are asked for by `--since`. */
export function sinceOf(sinceMs: number | undefined, clock: Pick<Clock, 'nowMs'>): Date {
  return new Date(clock.nowMs() - (sinceMs ?? SINCE_MS));
}

type Context = Pick<
  CommandContext<unknown, { readonly since: number | undefined; readonly limit: number }>,
  'services' | 'terminal' | 'clock' | 'options'
>;

export type OpenedRecords = {
  readonly records: CallRecords;
  readonly filter: Pick<RecordFilter, 'since' | 'limit'>;
};

/** Opens the lists of records once the database holds all that has been decided until now. */
export async function openCallRecords(context: Context): Promise<OpenedRecords> {
  await awaitRecords(context);
  const { since, limit } = context.options;
  return {
    records: createCallRecords(await context.services.database()),
    filter: { since: sinceOf(since, context.clock), limit },
  };
}
