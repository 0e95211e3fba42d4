import { defineCommand } from '#surfaces/cli/command';
import { RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { COSTS_DETAILS, openRequestSums, SUM_OPTIONS, sumsOutput } from '#surfaces/cli/open-request-sums';
import { choice } from '#surfaces/cli/parameters';
import { SUM_SUBJECT_NAMES } from '#surfaces/cli/request-sums-store';

export const command = defineCommand({
  effect: 'none',
  details: COSTS_DETAILS,
  arguments: {},
  options: {
    ...SUM_OPTIONS,
    limit: RECORD_OPTIONS.limit,
    by: choice('--by <subject>', 'a sum for each; model when left out', SUM_SUBJECT_NAMES),
  },
  examples: [
    { line: 'analytics costs breakdown --by user --since 7d', shows: 'who spent how much in a week' },
    { line: 'analytics costs breakdown --by department --json', shows: 'for a bill' },
  ],
  async run(context) {
    const { sums, filter } = await openRequestSums(context);
    return sumsOutput(await sums.costs(context.options.by ?? 'model', filter), filter.limit);
  },
});
