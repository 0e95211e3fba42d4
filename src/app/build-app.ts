import { join } from 'node:path';
import { agentScopes } from '#features/agents/agent-scopes';
import { createClients } from '#features/clients/clients';
import type { HookCaller } from '#features/clients/hook-call';
import { createGateway, type Gateway } from '#features/gateway/gateway';
import { createMockUpstream } from '#features/gateway/mock-upstream';
import { createMcp, type Mcp } from '#features/mcp/mcp';
import type { HostEnvironment } from '#features/mcp/supervisor/child-environment';
import { createUpstreamClient } from '#foundation/http/upstream-client';
import type { IdSource } from '#foundation/ids';
import type { JsonValue } from '#foundation/json';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { PooledDatabase } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import { beginCorrelation } from '#governance/identity/correlation';
import { createKnownValues } from '#governance/secret-scan/known-values';
import { applyRedactions } from '#governance/secret-scan/redact';
import { redactValue } from '#governance/secret-scan/redact-value';
import type { SecretStore } from '#governance/secrets/secret-store';
import { hostPolicy } from '#surfaces/http/allowed-hosts';
import { endpointTable } from '#surfaces/http/endpoint-table';
import { createEntryControl } from '#surfaces/http/entry-control';
import { createRefusalBudget } from '#surfaces/http/refusal-budget';
import { createHttpServer, type HttpServer } from '#surfaces/http/server';
import { buildGovernance, type Governance } from './build-governance.ts';
import type { Configuration } from './configuration/configuration.ts';
import { endpointHandlers } from './endpoint-handlers.ts';
import type { Home } from './home.ts';
import type { Installation } from './installation.ts';

export type AppDeps = {
  readonly configuration: () => Configuration;
  readonly configurationProblems: () => readonly string[];
  readonly database: PooledDatabase;
  readonly secrets: SecretStore;
  readonly home: Home;
  readonly installation: Installation;
  readonly host: string;
  readonly port: number;
  readonly version: string;
  /** What children may know of this machine. */
  readonly childHost: HostEnvironment;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
};

export type App = Governance & { readonly gateway: Gateway; readonly mcp: Mcp; readonly server: HttpServer };

/** Everything wired once, in the order in which it depends on each other. */
export function buildApp(deps: AppDeps): App {
  const { configuration, secrets, home, clock, ids, logger } = deps;
  const { profile } = configuration();
  const governance = buildGovernance(deps);
  const { governor, identity, audit, scanner } = governance;

  const withoutSecrets = (value: JsonValue): JsonValue => redactValue(value, scanner());
  const client = createUpstreamClient({ clock });
  const mock = createMockUpstream({ clock });
  const gateway = createGateway({
    outputScanner: governance.outputScanner,
    config: () => configuration().profile.gateway,
    providers: () => configuration().profile.providers,
    ownPrices: () => configuration().services.prices,
    registered: () => configuration().extensions.providers,
    governor,
    budgets: governance.budgets,
    secrets,
    client,
    mock,
    redact: withoutSecrets,
    clock,
    ids,
    logger,
  });
  const mcp = createMcp({
    config: () => configuration().services.mcp_servers,
    governor,
    secrets,
    knownValues: createKnownValues(secrets),
    upstreamClient: client,
    internalServers: new Map(),
    host: deps.childHost,
    directories: {
      scratch: join(home.children, 'scratch'),
      register: join(home.children, 'register'),
      logs: join(home.logs, 'mcp'),
    },
    version: deps.version,
    clock,
    ids,
    logger,
  });

  async function inSession(caller: HookCaller, name: string | undefined): Promise<HookCaller> {
    const bound = await identity.sessions.bind(caller.principal, name);
    if (!bound.ok) throw bound.error;
    const { userId, clientId } = caller.principal;
    const { traceId, taskId } = caller.correlation;
    const hints = { traceId, taskId };
    return { ...caller, correlation: beginCorrelation({ userId, clientId, sessionId: bound.sessionId }, hints, ids) };
  }
  const clients = createClients({
    governor,
    audit,
    agentScopes: () => agentScopes(configuration().services.agents),
    inSession,
    redact: applyRedactions,
    withoutSecrets,
    clock,
    logger,
  });

  const draining = { value: false };
  const handlers = endpointHandlers({ ...deps, ...governance, gateway, mcp, clients, draining: () => draining.value });
  const { server: limits } = profile;
  const server = createHttpServer({
    host: deps.host,
    port: deps.port,
    hostPolicy: hostPolicy(deps.host, limits.public_url, limits.allowed_origins),
    endpoints: endpointTable(handlers, {
      messageBytesMax: limits.message_bytes_max,
      hookBytesMax: limits.hook_bytes_max,
      mcpBytesMax: limits.mcp_bytes_max,
    }),
    headMsMax: limits.head_ms_max,
    requestMsMax: limits.request_ms_max,
    drainMsMax: limits.drain_ms_max,
    entry: createEntryControl({
      authenticator: identity.authenticator,
      sessions: identity.sessions,
      governor,
      refusals: createRefusalBudget(clock),
      ids,
      logger,
    }),
    clock,
    ids,
    logger,
  });
  identity.feed.onChange(() => void server.recheck());
  const drain: Part = {
    name: 'drain',
    stop() {
      draining.value = true;
      mcp.closeStreams();
    },
  };
  return {
    ...governance,
    gateway,
    mcp,
    server,
    parts: [secrets, ...governance.parts, client, mock, mcp, server, drain],
  };
}
