import { defineCommand } from '#surfaces/cli/command';
import { openCallRecords, RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { listOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: 'In ids, names, policies, rules, reasons and errors, ignoring case. The contents of calls are not searched.',
  arguments: { text: argument('text', 'stands for itself; there are no wildcards') },
  options: RECORD_OPTIONS,
  examples: [
    { line: 'infra logs search secret_scan', shows: 'what the secret scan had to say' },
    { line: 'infra logs search delete_records --since 7d', shows: 'one tool, a week' },
  ],
  async run(context) {
    const { records, filter } = await openCallRecords(context);
    const { columns, items } = await records.search(context.args.text, filter);
    return listOf(columns, items, items.length === 0 ? 'nothing matches' : undefined);
  },
});
