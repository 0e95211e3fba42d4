import { messageOf } from '#foundation/errors';
import type { JsonObject } from '#foundation/json';
import { defineCommand } from '#surfaces/cli/command';
import type { ConfigurationDesk } from '#surfaces/cli/configuration-desk';
import { mcpTools } from '#surfaces/cli/mcp-admin';
import { listOf } from '#surfaces/cli/output';
import { flag, optionalArgument, text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: 'Asks through the gateway, so what nobody may call is not listed. Starts the server if it is idle.',
  arguments: { server: optionalArgument('server', 'of every server when left out') },
  options: {
    server: text('-s, --server <name>', 'the same as an option'),
    schema: flag('--schema', 'with the schema of the arguments'),
  },
  examples: [
    { line: 'plugins mcp tools', shows: 'every tool' },
    { line: 'plugins mcp tools files --schema --json', shows: 'those of one server, with their arguments' },
  ],
  async run({ args, options, services, terminal }) {
    const door = await services.server();
    const named = args.server ?? options.server;
    const servers = named === undefined ? await enabledServers(services.configuration()) : [named];
    const items: JsonObject[] = [];
    for (const server of servers) {
      try {
        items.push(...(await mcpTools(door, server)).map((tool) => toolView(server, tool, options.schema)));
      } catch (error) {
        // One server that does not answer hides no other; the one that was asked for is worth an error.
        if (named !== undefined) throw error;
        terminal.say(`${server}: ${messageOf(error)}`);
      }
    }
    return listOf(['server', 'tool', 'description', ...(options.schema ? ['input_schema'] : [])], items);
  },
});

async function enabledServers(configuration: ConfigurationDesk): Promise<readonly string[]> {
  const declared = Object.entries(await configuration.mcpServers());
  return declared.flatMap(([server, { enabled }]) => (enabled ? [server] : []));
}

function toolView(server: string, tool: JsonObject, withSchema: boolean): JsonObject {
  return {
    server,
    tool: tool.name ?? null,
    description: tool.description ?? null,
    ...(withSchema ? { input_schema: tool.inputSchema ?? null } : {}),
  };
}
