import { messageOf } from '#foundation/errors';
import { type DoctorDeps, type Finding, fail, pass } from './check.ts';

export async function checkMcpServers(deps: DoctorDeps): Promise<Finding> {
  const commands = await deps.mcpCommands();
  const missing = commands.flatMap(({ server, command }) => problemOf(deps, server, command) ?? []);
  if (missing.length > 0) {
    return fail(missing.join('; '), 'install the program, or name it by its absolute path under mcp_servers');
  }
  return pass(commands.length === 0 ? 'none runs a program' : `the programs of ${commands.length} are found`);
}

function problemOf(deps: DoctorDeps, server: string, command: string): string | undefined {
  try {
    deps.resolveCommand(command, server);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
