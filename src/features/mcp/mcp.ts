/**
 * The MCP gateway. A client speaks Streamable HTTP to one declared server; each request is governed, and only an
 * allowed one opens the way to the server's child or upstream.
 *
 *     handle -> session -> govern-request -> pool -> connection -> supervisor or HTTP
 */
import { OperatingError } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { IdSource } from '#foundation/ids';
import type { JsonObject } from '#foundation/json';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import { nearest } from '#foundation/text';
import { type Clock, every } from '#foundation/time';
import type { Governor } from '#governance/governor';
import type { KnownValues } from '#governance/secret-scan/known-values';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { McpCaller } from './caller.ts';
import type { McpConfig, ServerDefinition } from './config.ts';
import type { ClientSession } from './endpoint/client-session.ts';
import { type ClientSessions, createClientSessions } from './endpoint/client-sessions.ts';
import { findSession } from './endpoint/find-session.ts';
import { handleGet } from './endpoint/handle-get.ts';
import { handlePost, type Post, type PostDeps } from './endpoint/handle-post.ts';
import { missingScope, refuseScope } from './endpoint/require-scopes.ts';
import { sessionPeer } from './endpoint/session-peer.ts';
import { sessionSlot, sharedSlot, singleSlot } from './endpoint/slot.ts';
import { notificationMessage } from './json-rpc.ts';
import { createKnownValueFilter } from './known-values.ts';
import { MCP_LIMITS } from './limits.ts';
import { openUpstream } from './open-upstream.ts';
import { callTool, listTools, type OperatorCall } from './operator-call.ts';
import { metadataUrl, resourceMetadata } from './resource-metadata.ts';
import { type McpServerStatus, statusOf } from './server-status.ts';
import type { HostEnvironment } from './supervisor/child-environment.ts';
import { createSupervisor, type Supervisor } from './supervisor/supervisor.ts';
import type { InternalServer } from './upstream/internal-server.ts';
import type { Slot } from './upstream/server-upstreams.ts';
import { createUpstreamPool, type UpstreamPool } from './upstream/upstream-pool.ts';

export type McpDeps = {
  /** Read at each request, so that a reload holds from the next one on. */
  readonly config: () => McpConfig;
  readonly governor: Governor;
  readonly secrets: SecretSource;
  readonly knownValues: KnownValues;
  readonly upstreamClient: UpstreamClient;
  /** Servers that are part of this program, by the name under which a `type: internal` entry declares them. */
  readonly internalServers: ReadonlyMap<string, InternalServer>;
  readonly host: HostEnvironment;
  readonly directories: { readonly scratch: string; readonly logs: string; readonly register: string };
  /** Of this program, as clients and upstreams are told it. */
  readonly version: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
};

export type Mcp = Part & {
  /** `origin` is our own, as clients reach us; it stands in the challenge of a refused scope. */
  handle(exchange: Exchange, caller: McpCaller, server: string, origin: string): Promise<Reply | undefined>;
  /** The audience that an access token must name; null for a server that does not exist. */
  audience(server: string): string | null;
  /** Throws `not_found` for a server that does not exist. */
  protectedResourceMetadata(server: string, origin: string): JsonObject;
  status(): readonly McpServerStatus[];
  /** Lists and calls tools for an operator; governed and recorded like any client's request. */
  tools(server: string, caller: McpCaller, requestId: string): Promise<JsonObject>;
  call(server: string, tool: string, args: JsonObject, caller: McpCaller, requestId: string): Promise<JsonObject>;
  /** The newest lines of the children's standard error, oldest first. */
  logs(server: string, linesMax: number): readonly string[];
  /** Ends the open event streams, so that a server that drains does not wait for them. */
  closeStreams(): void;
};

export function createMcp(deps: McpDeps): Mcp {
  const parts = createParts(deps);
  const { pool, sessions, supervisor, post } = parts;
  const operator: OperatorCall = { ...post, slotOf: (definition) => operatorSlot(definition, parts, deps.ids) };
  let stopSweeping = () => {};

  function find(server: string): ServerDefinition {
    const definition = lookUp(deps.config(), server);
    if (definition === undefined) throw noSuchServer(deps.config(), server);
    return definition;
  }

  return {
    name: 'mcp',
    async start() {
      await supervisor.start?.();
      stopSweeping = every(deps.clock, MCP_LIMITS.sessionSweepMs, () => {
        sessions.sweep();
        pool.retain((server) => lookUp(deps.config(), server) !== undefined);
      });
    },
    async stop() {
      stopSweeping();
      sessions.endAll();
      await pool.stop();
      await supervisor.stop?.();
    },
    async handle(exchange, caller, server, origin) {
      const definition = find(server);
      const scope = missingScope(definition, caller);
      if (scope !== undefined) {
        const metadata = metadataUrl(server, origin);
        return refuseScope(deps.governor, definition, caller, exchange.requestId, scope, metadata);
      }
      const asked: Post = { exchange, caller, definition };
      if (exchange.method === 'POST') return handlePost(post, asked);
      if (exchange.method === 'GET') return handleGet(post, asked);
      return endSession(sessions, asked);
    },
    audience(server) {
      const definition = lookUp(deps.config(), server);
      return definition === undefined ? null : (definition.config.oauth.audience ?? server);
    },
    protectedResourceMetadata: (server, origin) => resourceMetadata(find(server), origin),
    status: () => definitionsOf(deps.config()).map((definition) => statusOf(definition, pool, sessions)),
    tools: (server, caller, requestId) => listTools(operator, find(server), caller, requestId),
    call: (server, tool, args, caller, requestId) => callTool(operator, find(server), tool, args, caller, requestId),
    logs: (server, linesMax) => supervisor.log(find(server).name).tail(linesMax),
    closeStreams: () => sessions.closeStreams(),
  };
}

type Parts = {
  readonly supervisor: Supervisor;
  readonly pool: UpstreamPool;
  readonly sessions: ClientSessions;
  readonly post: PostDeps;
};

function createParts(deps: McpDeps): Parts {
  const { governor, clock, ids, logger, secrets, version } = deps;
  const known = createKnownValueFilter(deps.knownValues);
  const supervisor = createSupervisor({ ...deps, redactSecrets: known.text });
  const pool = createUpstreamPool({
    openTransport: (definition) => openUpstream({ ...deps, supervisor }, definition),
    secrets,
    clientInfo: { name: 'systemprompt', version },
    clock,
  });
  const sessions = createClientSessions({
    clock,
    ids,
    onEnd: ({ server, id }) => void pool.release(server, id),
  });
  const slotFor = (definition: ServerDefinition, session: ClientSession): Slot => {
    switch (definition.config.isolation) {
      case 'session':
        return sessionSlot(definition, session, sessionPeer(session, { governor, known, ids }));
      case 'shared':
        return sharedSlot((method) => tellAll(sessions, definition.name, method));
      case 'call':
        return singleSlot(ids);
    }
  };
  return { supervisor, pool, sessions, post: { governor, pool, known, clock, sessions, version, slotFor, logger } };
}

/** An operator has no session: what clients share is shared, anything else is opened for the one call. */
function operatorSlot(definition: ServerDefinition, parts: Parts, ids: IdSource): Slot {
  if (definition.config.isolation !== 'shared') return singleSlot(ids);
  return sharedSlot((method) => tellAll(parts.sessions, definition.name, method));
}

function tellAll(sessions: ClientSessions, server: string, method: string): void {
  for (const session of sessions.of(server)) session.stream?.send(notificationMessage(method, {}), true);
}

function endSession(sessions: ClientSessions, asked: Post): Reply {
  const session = findSession(sessions, asked);
  if ('status' in session) return session;
  sessions.end(session);
  return { status: 200, body: '' };
}

function lookUp(config: McpConfig, server: string): ServerDefinition | undefined {
  const found = Object.hasOwn(config, server) ? config[server] : undefined;
  return found?.enabled === true ? { name: server, config: found } : undefined;
}

function definitionsOf(config: McpConfig): readonly ServerDefinition[] {
  return Object.entries(config).map(([name, found]) => ({ name, config: found }));
}

function noSuchServer(config: McpConfig, server: string): OperatingError {
  const near = nearest(server, Object.keys(config));
  return new OperatingError('not_found', 'mcp_no_such_server', `there is no MCP server called ${server.slice(0, 64)}`, {
    remedy: near === undefined ? 'see systemprompt plugins mcp list' : `did you mean ${near}?`,
  });
}
