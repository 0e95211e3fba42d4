import { OperatingError } from '#foundation/errors';
import type { StdioDefinition, StdioServerConfig } from '../config.ts';
import { resolveCommand } from './command-path.ts';

type Sandbox = StdioServerConfig['sandbox'];

/**
 * The words that start the child under its configured confinement. Every child has a clean environment and its own
 * process group; `auto` adds nothing to that where this version knows of nothing better, and `isConfined` says so. A
 * confinement that was asked for by name and cannot be given refuses the start.
 */
export function confinedCommand(definition: StdioDefinition, path: string): readonly string[] {
  const { name: server, config } = definition;
  const { sandbox } = config;
  if (sandbox === 'none' || sandbox === 'auto') return [resolveCommand(config.command, path, server), ...config.args];
  if (sandbox === 'bwrap') {
    throw new OperatingError('unavailable', 'mcp_sandbox_missing', 'this version cannot confine a child with bwrap', {
      where: `mcp_servers.${server}.sandbox`,
      remedy: 'set it to auto or none, or to a wrapping command such as {command: [docker, run, --rm, -i, IMAGE]}',
    });
  }
  const [wrapper = '', ...rest] = sandbox.command;
  // The program is looked up by the wrapper: inside a container there is another file system.
  return [resolveCommand(wrapper, path, server), ...rest, config.command, ...config.args];
}

/** Whether the child is kept from other processes and files; what `status` reports. */
export function isConfined(sandbox: Sandbox): boolean {
  return typeof sandbox === 'object';
}
