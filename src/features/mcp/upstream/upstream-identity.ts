import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';
import type { Answer } from '../json-rpc.ts';
import { UPSTREAM_REVISIONS } from '../revision.ts';

/** What an upstream said of itself in its answer to `initialize`. */
export type UpstreamIdentity = {
  readonly revision: string;
  readonly capabilities: JsonObject;
  readonly serverName: string;
  readonly serverVersion: string;
  readonly instructions: string | null;
};

/** Lenient in what it reads; throws `upstream` only when there is no revision that both sides speak. */
export function parseUpstreamIdentity(answer: Answer, server: string): UpstreamIdentity {
  if ('error' in answer) {
    throw failure(server, `refused to initialize (code ${answer.error.code})`);
  }
  const { result } = answer;
  const revision = stringMember(result, 'protocolVersion') ?? '';
  if (!UPSTREAM_REVISIONS.includes(revision)) {
    throw failure(server, `speaks a revision of MCP that is not spoken here: ${revision.slice(0, 40)}`);
  }
  return {
    revision,
    capabilities: isJsonObject(result.capabilities) ? result.capabilities : {},
    serverName: stringMember(result.serverInfo, 'name') ?? '',
    serverVersion: stringMember(result.serverInfo, 'version') ?? '',
    instructions: stringMember(result, 'instructions') ?? null,
  };
}

function failure(server: string, problem: string): OperatingError {
  return new OperatingError('upstream', 'mcp_initialize_failed', `the MCP server ${server} ${problem}`, {
    remedy: `see systemprompt plugins mcp logs ${server}`,
  });
}
