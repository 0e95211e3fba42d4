import { isAbsolute, normalize } from 'node:path';
import type { McpServerConfig } from '#features/mcp/config';
import { defineCommand } from '#surfaces/cli/command';
import { listOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  details: 'As the configuration declares them, whether or not the server runs.',
  arguments: {},
  options: {},
  examples: [{ line: 'plugins mcp list', shows: 'what stands under mcp_servers' }],
  async run({ services }) {
    const declared = Object.entries(await services.configuration().mcpServers());
    const items = declared.map(([server, config]) => ({
      server,
      type: config.type,
      enabled: config.enabled,
      target: targetOf(config),
      isolation: config.isolation,
      audience: config.oauth.audience ?? server,
    }));
    const remark = items.length === 0 ? 'none is declared: mcp_servers in the services tree' : undefined;
    return listOf(['server', 'type', 'enabled', 'target', 'isolation', 'audience'], items, remark);
  },
});

/** The command line or the URL. */
function targetOf(config: McpServerConfig): string {
  switch (config.type) {
    case 'stdio':
      return [config.command, ...config.args].map(tidyPath).join(' ');
    case 'http':
      return config.url;
    case 'internal':
      return 'part of this program';
  }
}

/** `/a/b/../c` as `/a/c`, as `${CONFIG_DIR}/../c` comes out; words that are no path stay as they are. */
function tidyPath(word: string): string {
  return isAbsolute(word) ? normalize(word) : word;
}
