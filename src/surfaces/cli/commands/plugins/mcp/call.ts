import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, parseJsonText, stringMember } from '#foundation/json';
import { defineCommand } from '#surfaces/cli/command';
import { callMcpTool } from '#surfaces/cli/mcp-admin';
import { itemOf } from '#surfaces/cli/output';
import { argument, duration, textOr } from '#surfaces/cli/parameters';
import { printable } from '#surfaces/cli/printable';

const TIMEOUT_MS = 120_000;
const FAILED = 1;
const DENIED = 4;

export const command = defineCommand({
  effect: 'none',
  details: `Calls through the gateway as an administrator: decided, recorded, and only then forwarded.
Exits 4 when the call was denied by policy, 1 when the tool itself says that it failed.`,
  arguments: { server: argument('server', 'its name'), tool: argument('tool', 'its name on that server') },
  options: {
    args: textOr('-a, --args <json>', 'the arguments as one JSON object', '{}'),
    timeout: duration('--timeout <duration>', 'wait this long; 2m when left out'),
  },
  examples: [
    { line: `plugins mcp call files read_text_file -a '{"path":"/srv/docs/a.txt"}'`, shows: 'one tool call' },
    { line: 'plugins mcp call files list_allowed_directories --json', shows: 'the whole answer' },
  ],
  async run({ args, options, services }) {
    const toolArguments = parseToolArguments(options.args);
    const timeoutMs = options.timeout ?? TIMEOUT_MS;
    const { server, tool } = args;
    const result = await callMcpTool(await services.server(), { server, tool, args: toolArguments, timeoutMs });
    const isError = result.isError === true;
    const isDenied = stringMember(result.structuredContent, 'decision') === 'deny';
    const item = { server, tool, success: !isError, ...result };
    return { ...itemOf(item, textOf(result)), exitCode: isDenied ? DENIED : isError ? FAILED : 0 };
  },
});

function parseToolArguments(text: string): JsonObject {
  let cause: unknown;
  try {
    const value = parseJsonText(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    cause = error;
  }
  throw new OperatingError('invalid_input', 'tool_arguments', 'the arguments are not a JSON object', {
    where: '--args',
    remedy: `write them so: -a '{"path":"/srv/docs/a.txt"}'`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The text parts as they are, everything else as JSON. */
function textOf(result: JsonObject): string {
  const content = Array.isArray(result.content) ? result.content : [];
  return content.map((part) => printable(stringMember(part, 'text') ?? JSON.stringify(part))).join('\n');
}
