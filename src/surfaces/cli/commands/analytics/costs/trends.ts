import { defineCommand } from '#surfaces/cli/command';
import { COSTS_DETAILS, openRequestSums, sumsOutput, TREND_OPTIONS } from '#surfaces/cli/open-request-sums';

export const command = defineCommand({
  effect: 'none',
  details: COSTS_DETAILS,
  arguments: {},
  options: TREND_OPTIONS,
  examples: [{ line: 'analytics costs trends --since 7d', shows: 'a week, day by day' }],
  async run(context) {
    const { sums, filter } = await openRequestSums(context);
    return sumsOutput(await sums.costs(context.options.groupBy ?? 'day', filter), filter.limit);
  },
});
