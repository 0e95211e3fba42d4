import type { Reply } from '#foundation/http/exchange';
import type { Governor } from '#governance/governor';
import { isRole, ROLES, type Role } from '#governance/identity/role';
import type { McpCaller } from '../caller.ts';
import type { ServerDefinition } from '../config.ts';
import { ERROR_CODES, errorAnswer } from '../json-rpc.ts';
import { refusal } from '../tool-access.ts';
import { rpcReply } from './rpc-reply.ts';

/** A scope that the server asks for and the caller lacks. The name of a role stands for it and those above it. */
export function missingScope({ config }: ServerDefinition, { principal }: McpCaller): string | undefined {
  return config.oauth.scopes.find((scope) => {
    if (isRole(scope)) return !reaches(principal.role, scope);
    return principal.scopes !== 'all' && !principal.scopes.has(scope);
  });
}

function reaches(held: Role, wanted: Role): boolean {
  return ROLES.indexOf(held) <= ROLES.indexOf(wanted);
}

/** RFC 6750 section 3.1: 403 with the scopes that would do. The refusal is a decision and is recorded. */
export async function refuseScope(
  governor: Governor,
  definition: ServerDefinition,
  caller: McpCaller,
  requestId: string,
  scope: string,
  resourceMetadataUrl: string,
): Promise<Reply> {
  const reason = `the MCP server ${definition.name} needs the scope ${scope}; ask an administrator for it`;
  const decision = refusal('scope_check', { rule: 'oauth.scopes', detail: `lacks ${scope}`, reason });
  await governor.recordRefusal(
    {
      kind: 'tool_call',
      principal: caller.principal,
      correlation: caller.correlation,
      toolName: `mcp__${definition.name}`,
      server: definition.name,
      pluginId: null,
      agent: null,
      toolUseId: null,
      content: [],
      history: [],
      model: null,
    },
    decision,
    requestId,
  );
  const wanted = definition.config.oauth.scopes.join(' ');
  return {
    ...rpcReply(403, errorAnswer(ERROR_CODES.denied, reason, { request_id: requestId })),
    headers: {
      'www-authenticate': `Bearer error="insufficient_scope", scope="${wanted}", resource_metadata="${resourceMetadataUrl}"`,
    },
  };
}
