import { isJsonObject, type JsonObject } from '#foundation/json';
import type { McpCaller } from '../caller.ts';
import type { ServerDefinition } from '../config.ts';
import { type Answer, ERROR_CODES, errorAnswer } from '../json-rpc.ts';
import type { KnownValueFilter } from '../known-values.ts';
import { negotiateRevision } from '../revision.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import { offeredCapabilities } from './capabilities.ts';
import type { ClientSession } from './client-session.ts';
import type { ClientSessions } from './client-sessions.ts';

export type InitializeDeps = {
  readonly sessions: ClientSessions;
  readonly pool: UpstreamPool;
  readonly known: KnownValueFilter;
  /** Of this program. */
  readonly version: string;
};

/** Opens a session. The gateway answers by itself: no upstream is started by a client that only says hello. */
export function initialize(
  deps: InitializeDeps,
  definition: ServerDefinition,
  caller: McpCaller,
  params: JsonObject,
): { readonly answer: Answer; readonly session?: ClientSession } {
  if (typeof params.protocolVersion !== 'string') {
    return { answer: errorAnswer(ERROR_CODES.invalidParams, 'params.protocolVersion must be text') };
  }
  const capabilities = isJsonObject(params.capabilities) ? params.capabilities : {};
  const revision = negotiateRevision(params.protocolVersion);
  const session = deps.sessions.open(definition.name, caller, revision, capabilities);
  return { session, answer: { result: helloOf(deps, definition, revision) } };
}

function helloOf(deps: InitializeDeps, definition: ServerDefinition, revision: string): JsonObject {
  const { name, config } = definition;
  const identity = deps.pool.identity(definition);
  const instructions = identity?.instructions;
  return {
    protocolVersion: revision,
    capabilities: offeredCapabilities(identity, config.isolation),
    serverInfo: { name: 'systemprompt', title: `${name} through systemprompt`, version: deps.version },
    ...(typeof instructions === 'string' ? { instructions: deps.known.text(instructions) } : {}),
  };
}
