import { defineCommand } from '#surfaces/cli/command';
import { openCallRecords, RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { listOf } from '#surfaces/cli/output';
import { choice, text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {
    ...RECORD_OPTIONS,
    decision: choice('--decision <decision>', 'with at least one such decision', ['allow', 'deny', 'ask']),
    tool: text('--tool <name>', 'with at least one call of this tool'),
    user: text('--user <id>', 'only those of this user'),
  },
  examples: [
    { line: 'infra logs trace list --limit 5', shows: 'the newest five' },
    { line: 'infra logs trace list --decision deny --since 1h', shows: 'where something was denied' },
  ],
  async run(context) {
    const { records, filter } = await openCallRecords(context);
    const { decision, tool, user } = context.options;
    const { columns, items } = await records.traces({ ...filter, decision, tool, user });
    return listOf(columns, items, items.length === 0 ? 'no calls in that time' : undefined);
  },
});
