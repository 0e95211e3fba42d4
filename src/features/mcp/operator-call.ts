import { OperatingError } from '#foundation/errors';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { McpCaller } from './caller.ts';
import type { ServerDefinition } from './config.ts';
import { type GovernedRequestDeps, governRequest } from './governed/governed-request.ts';
import { findMethod } from './methods.ts';
import type { Slot } from './upstream/server-upstreams.ts';

/** Requests that an operator makes through the CLI or the console: the same way as a client's, without a session. */
export type OperatorCall = GovernedRequestDeps & { readonly slotOf: (definition: ServerDefinition) => Slot };

const PAGES_MAX = 100;

/** Every tool, all pages read. */
export async function listTools(
  deps: OperatorCall,
  definition: ServerDefinition,
  caller: McpCaller,
  requestId: string,
): Promise<JsonObject> {
  const tools: JsonValue[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const params: JsonObject = cursor === undefined ? {} : { cursor };
    const result = await request(deps, definition, 'tools/list', params, caller, requestId);
    if (Array.isArray(result.tools)) tools.push(...result.tools);
    if (typeof result.nextCursor !== 'string') break;
    cursor = result.nextCursor;
  }
  return { tools };
}

/** The tool's result as a client would see it, a denial included. */
export function callTool(
  deps: OperatorCall,
  definition: ServerDefinition,
  name: string,
  args: JsonObject,
  caller: McpCaller,
  requestId: string,
): Promise<JsonObject> {
  return request(deps, definition, 'tools/call', { name, arguments: args }, caller, requestId);
}

async function request(
  deps: OperatorCall,
  definition: ServerDefinition,
  method: string,
  params: JsonObject,
  caller: McpCaller,
  requestId: string,
): Promise<JsonObject> {
  const row = findMethod(method);
  if (row === undefined) throw new OperatingError('internal', 'mcp_no_method', `no such method: ${method}`);
  const answer = await governRequest(deps, {
    definition,
    row,
    params,
    caller,
    requestId,
    slot: deps.slotOf(definition),
    signal: new AbortController().signal,
    onProgress: () => {},
    onSent: () => {},
  });
  if ('result' in answer) return answer.result;
  throw new OperatingError('upstream', 'mcp_upstream_error', `${definition.name} answered: ${answer.error.message}`);
}
