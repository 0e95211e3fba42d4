import { defineCommand } from '#surfaces/cli/command';
import { openCallRecords, RECORD_OPTIONS, REQUEST_OPTIONS } from '#surfaces/cli/open-call-records';
import { listOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: { ...RECORD_OPTIONS, ...REQUEST_OPTIONS },
  examples: [{ line: 'infra logs request stats --since 7d', shows: 'a week by model' }],
  async run(context) {
    const { records, filter } = await openCallRecords(context);
    const { model, provider, user } = context.options;
    const { columns, items } = await records.requestStats({ ...filter, model, provider, user });
    return listOf(columns, items, items.length === 0 ? 'no model requests in that time' : undefined);
  },
});
