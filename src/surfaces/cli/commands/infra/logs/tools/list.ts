import { defineCommand } from '#surfaces/cli/command';
import { openCallRecords, RECORD_OPTIONS } from '#surfaces/cli/open-call-records';
import { listOf } from '#surfaces/cli/output';
import { text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: 'Calls that ran. Those that were denied had no effect: `infra logs search deny`.',
  arguments: {},
  options: {
    ...RECORD_OPTIONS,
    server: text('--server <name>', 'only those of this MCP server'),
    tool: text('--tool <name>', 'only this tool'),
    user: text('--user <id>', 'only those of this user'),
  },
  examples: [{ line: 'infra logs tools list --server files --limit 10', shows: 'the newest ten of one server' }],
  async run(context) {
    const { records, filter } = await openCallRecords(context);
    const { server, tool, user } = context.options;
    const { columns, items } = await records.toolCalls({ ...filter, server, tool, user });
    return listOf(columns, items, items.length === 0 ? 'no tool calls in that time' : undefined);
  },
});
