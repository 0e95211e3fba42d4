import { defineCommand } from '#surfaces/cli/command';
import { COSTS_DETAILS, openRequestSums, SUM_OPTIONS, sumOutput } from '#surfaces/cli/open-request-sums';

export const command = defineCommand({
  effect: 'none',
  details: COSTS_DETAILS,
  arguments: {},
  options: SUM_OPTIONS,
  examples: [{ line: 'analytics costs summary --since 30d', shows: 'a month, all in all' }],
  async run(context) {
    const { sums, filter } = await openRequestSums(context);
    return sumOutput(await sums.costs('all', filter));
  },
});
