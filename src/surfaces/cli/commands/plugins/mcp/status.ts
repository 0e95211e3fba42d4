import { defineCommand } from '#surfaces/cli/command';
import { mcpStatus } from '#surfaces/cli/mcp-admin';
import { listOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  details: 'As the running server sees them. A child is started by the first allowed call, so idle is well.',
  arguments: {},
  options: {},
  examples: [{ line: 'plugins mcp status', shows: 'what runs' }],
  async run({ services }) {
    const servers = await mcpStatus(await services.server());
    const remark = servers.length === 0 ? 'none is declared: mcp_servers in the services tree' : undefined;
    return listOf(
      ['name', 'type', 'state', 'isolation', 'sandboxed', 'sessions', 'starts', 'problem'],
      servers,
      remark,
    );
  },
});
