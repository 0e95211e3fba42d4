import { defineCommand } from '#surfaces/cli/command';
import { mcpLogs } from '#surfaces/cli/mcp-admin';
import { listOf } from '#surfaces/cli/output';
import { argument, integerOr } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: 'What its children wrote to standard error, with known secrets replaced.',
  arguments: { server: argument('server', 'its name') },
  options: { lines: integerOr('-n, --lines <count>', 'the newest so many', { min: 1, max: 10_000 }, 100) },
  examples: [{ line: 'plugins mcp logs files -n 20', shows: 'the newest 20 lines' }],
  async run({ args, options, services }) {
    const lines = await mcpLogs(await services.server(), args.server, options.lines);
    return listOf(
      ['line'],
      lines.map((line) => ({ line })),
      lines.length === 0 ? 'nothing was written' : undefined,
    );
  },
});
