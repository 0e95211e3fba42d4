import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { OperatingError } from '#foundation/errors';

/** The program's absolute path, so that what runs does not depend on a later change of PATH; throws `unavailable`. */
export function resolveCommand(command: string, path: string, server: string): string {
  const candidates = isAbsolute(command)
    ? [command]
    : path
        .split(delimiter)
        .filter(isAbsolute)
        .map((directory) => join(directory, command));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new OperatingError(
    'unavailable',
    'mcp_command_not_found',
    `the command ${command} of the MCP server ${server} ${isAbsolute(command) ? 'is no executable file' : 'is not on PATH'}`,
    { where: `mcp_servers.${server}.command`, remedy: 'install it, or name the program by its absolute path' },
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
