import { defineCommand } from '#surfaces/cli/command';
import { openCallRecords, RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { listOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: RECORD_OPTIONS,
  examples: [{ line: 'infra logs summary --since 24h', shows: 'a day by kind of call, decision and policy' }],
  async run(context) {
    const { records, filter } = await openCallRecords(context);
    const { columns, items } = await records.summary(filter);
    return listOf(columns, items, items.length === 0 ? 'no calls in that time' : undefined);
  },
});
