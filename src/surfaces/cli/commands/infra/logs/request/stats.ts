import { defineCommand } from '#surfaces/cli/command';
import { openCallRecords, RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { listOf } from '#surfaces/cli/output';
import { text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {
    ...RECORD_OPTIONS,
    model: text('--model <name>', 'as asked for or as served'),
    provider: text('--provider <name>', 'only those of this provider'),
    user: text('--user <id>', 'only those of this user'),
  },
  examples: [{ line: 'infra logs request stats --since 7d', shows: 'a week by model' }],
  async run(context) {
    const { records, filter } = await openCallRecords(context);
    const { model, provider, user } = context.options;
    const { columns, items } = await records.requestStats({ ...filter, model, provider, user });
    return listOf(columns, items, items.length === 0 ? 'no model requests in that time' : undefined);
  },
});
