import { defineCommand } from '#surfaces/cli/command';
import { openCallRecords, RECORD_OPTIONS, REQUEST_OPTIONS } from '#surfaces/cli/open-call-records';
import { listOf } from '#surfaces/cli/output';
import { choice, text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {
    ...RECORD_OPTIONS,
    ...REQUEST_OPTIONS,
    status: choice('--status <status>', 'how they ended', ['completed', 'failed', 'cancelled', 'unknown']),
    session: text('--session <id>', 'of a session or conversation, ours or the one Claude Code names'),
  },
  examples: [
    { line: 'infra logs request list --since 1h', shows: 'the last hour' },
    { line: 'infra logs request list --model claude-sonnet-4-5 -o ndjson', shows: 'one JSON object a line' },
    { line: 'infra logs request list --session 7c1f6d0e --status failed', shows: 'what failed in one conversation' },
  ],
  async run(context) {
    const { records, filter } = await openCallRecords(context);
    const { model, provider, user, status, session } = context.options;
    const { columns, items } = await records.requests({ ...filter, model, provider, user, status, session });
    return listOf(columns, items, items.length === 0 ? 'no model requests in that time' : undefined);
  },
});
