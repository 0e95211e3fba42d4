import { awaitRecords } from './await-records.ts';
import { type CallRecords, createCallRecords, type RecordFilter } from './call-records-store.ts';
import type { CommandContext } from './context.ts';
import { duration, integerOr } from './parameters.ts';

/** The options that every list of records takes. */
export const RECORD_OPTIONS = {
  since: duration('--since <duration>', 'not older than this; 24h when left out'),
  limit: integerOr('-n, --limit <count>', 'at most this many', { min: 1, max: 10_000 }, 50),
} as const;

const SINCE_MS = 24 * 3_600_000;

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
  const since = new Date(context.clock.nowMs() - (context.options.since ?? SINCE_MS));
  return {
    records: createCallRecords(await context.services.database()),
    filter: { since, limit: context.options.limit },
  };
}
