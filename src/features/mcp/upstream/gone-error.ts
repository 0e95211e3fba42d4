import { OperatingError } from '#foundation/errors';

/** For calls whose upstream went away; `how` is a sentence's end such as `exited with status 1`. */
export function goneError(server: string, how: string): OperatingError {
  return new OperatingError('upstream', 'mcp_upstream_gone', `the MCP server ${server} ${how}`, {
    remedy: `call again to start it anew, and see systemprompt plugins mcp logs ${server}`,
  });
}
