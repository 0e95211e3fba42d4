import { awaitRecords } from './await-records.ts';
import type { Page } from './call-records-store.ts';
import type { CommandContext } from './context.ts';
import { RECORD_OPTIONS, REQUEST_OPTIONS, sinceOf } from './open-call-records.ts';
import { itemOf, listOf, type Output } from './output.ts';
import { choice, type OptionValues, text } from './parameters.ts';
import { createRequestSums, type RequestSums, SUM_PERIODS, type SumFilter } from './request-sums-store.ts';

/** The options that every sum takes. */
export const SUM_OPTIONS = {
  since: RECORD_OPTIONS.since,
  ...REQUEST_OPTIONS,
  department: text('--department <name>', 'only those of this department'),
} as const;

export const TREND_OPTIONS = {
  ...SUM_OPTIONS,
  limit: RECORD_OPTIONS.limit,
  groupBy: choice('--group-by <period>', 'a sum for each; day when left out, in UTC', SUM_PERIODS),
} as const;

export const COSTS_DETAILS =
  'Money is in microdollars: 1,000,000 are one dollar. Requests without a known price are counted, and not in the cost.';

type Context = Pick<
  CommandContext<unknown, OptionValues<typeof SUM_OPTIONS> & { readonly limit?: number }>,
  'services' | 'terminal' | 'clock' | 'options'
>;

export type OpenedSums = { readonly sums: RequestSums; readonly filter: SumFilter };

/** Opens the sums once the database holds all that has been decided until now. */
export async function openRequestSums(context: Context): Promise<OpenedSums> {
  await awaitRecords(context);
  const { since, user, model, provider, department, limit = 1 } = context.options;
  return {
    sums: createRequestSums(await context.services.database()),
    filter: {
      since: sinceOf(since, context.clock),
      limit,
      user,
      model,
      provider,
      department,
    },
  };
}

/** One line for each; says so when there may be more than were asked for. */
export function sumsOutput({ columns, items }: Page, limit: number): Output {
  if (items.length === 0) return listOf(columns, items, NO_REQUESTS);
  return listOf(columns, items, items.length < limit ? undefined : `only ${limit} are shown; --limit shows more`);
}

/** The one sum over everything, without the name of its subject. */
export function sumOutput({ items: [item] }: Page): Output {
  if (item === undefined) return itemOf({ requests: 0 }, NO_REQUESTS);
  const { all: _, ...sums } = item;
  return itemOf(sums);
}

const NO_REQUESTS = 'no model requests in that time';
