import { defineCommand } from '#surfaces/cli/command';
import { openRequestSums, sumsOutput, TREND_OPTIONS } from '#surfaces/cli/open-request-sums';

export const command = defineCommand({
  effect: 'none',
  details:
    'Money is in microdollars: 1,000,000 are one dollar. Requests without a known price are counted, and not in the cost.',
  arguments: {},
  options: TREND_OPTIONS,
  examples: [{ line: 'analytics costs trends --since 7d', shows: 'a week, day by day' }],
  async run(context) {
    const { sums, filter } = await openRequestSums(context);
    return sumsOutput(await sums.costs(context.options.groupBy ?? 'day', filter), filter.limit);
  },
});
