import { defineCommand } from '#surfaces/cli/command';
import { openRequestSums, sumsOutput, TREND_OPTIONS } from '#surfaces/cli/open-request-sums';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: TREND_OPTIONS,
  examples: [{ line: 'analytics requests trends --since 24h --group-by hour', shows: 'a day, hour by hour' }],
  async run(context) {
    const { sums, filter } = await openRequestSums(context);
    return sumsOutput(await sums.requests(context.options.groupBy ?? 'day', filter), filter.limit);
  },
});
