import { defineCommand } from '#surfaces/cli/command';
import { RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { openRequestSums, SUM_OPTIONS, sumOutput, sumsOutput } from '#surfaces/cli/open-request-sums';
import { choice } from '#surfaces/cli/parameters';
import { SUM_SUBJECT_NAMES } from '#surfaces/cli/request-sums-store';

export const command = defineCommand({
  effect: 'none',
  details:
    'converted: into another dialect; cached: answered by the gateway; fell_back: by another upstream than the first.',
  arguments: {},
  options: {
    ...SUM_OPTIONS,
    limit: RECORD_OPTIONS.limit,
    by: choice('--by <subject>', 'a sum for each; one over everything when left out', SUM_SUBJECT_NAMES),
  },
  examples: [
    { line: 'analytics requests stats', shows: 'a day, all in all' },
    { line: 'analytics requests stats --by provider --since 1h', shows: 'how each provider does' },
  ],
  async run(context) {
    const { sums, filter } = await openRequestSums(context);
    const { by } = context.options;
    if (by === undefined) return sumOutput(await sums.requests('all', filter));
    return sumsOutput(await sums.requests(by, filter), filter.limit);
  },
});
