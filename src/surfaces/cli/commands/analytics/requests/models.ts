import { defineCommand } from '#surfaces/cli/command';
import { RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { openRequestSums, SUM_OPTIONS, sumsOutput } from '#surfaces/cli/open-request-sums';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: { ...SUM_OPTIONS, limit: RECORD_OPTIONS.limit },
  examples: [{ line: 'analytics requests models --since 7d', shows: 'a week, model by model' }],
  async run(context) {
    const { sums, filter } = await openRequestSums(context);
    return sumsOutput(await sums.requests('model', filter), filter.limit);
  },
});
