import type { Clients } from '#features/clients/clients';
import type { Gateway, GatewayStatus } from '#features/gateway/gateway';
import type { Mcp } from '#features/mcp/mcp';
import { OperatingError } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import type { IdSource } from '#foundation/ids';
import { isJsonObject, type JsonObject, parseJsonBytes } from '#foundation/json';
import type { Database } from '#foundation/postgres/database';
import { createAuditStore } from '#governance/audit/audit-store';
import { localActor } from '#governance/identity/local-actor';
import { consolePage, homePage } from '#surfaces/http/console-page';
import type { EndpointHandlers } from '#surfaces/http/endpoint-table';
import { health, readiness } from '#surfaces/http/health';
import { signIn } from '#surfaces/http/sign-in-page';
import type { Governance } from './build-governance.ts';
import type { Configuration } from './configuration/configuration.ts';
import { renderMetrics } from './metrics.ts';

export type EndpointHandlerDeps = Pick<Governance, 'identity' | 'audit'> & {
  readonly configuration: () => Configuration;
  readonly configurationProblems: () => readonly string[];
  readonly database: Database;
  readonly gateway: Gateway;
  readonly mcp: Mcp;
  readonly clients: Clients;
  readonly draining: () => boolean;
  readonly version: string;
  readonly ids: IdSource;
};

const CAUGHT_UP_MS_MAX = 10_000;
const DECISIONS_SHOWN = 100;
const LOG_LINES_MAX = 1_000;

/** Each row's door: the features' own, and the few that ask several of them. */
export function endpointHandlers(deps: EndpointHandlerDeps): EndpointHandlers {
  const { audit, identity, mcp, gateway, clients } = deps;
  const store = createAuditStore(deps.database);
  const healthDeps = {
    audit: () => audit.health(),
    databaseUp: () => !audit.metrics().isDatabaseAway,
    draining: deps.draining,
    configurationProblems: deps.configurationProblems,
    version: deps.version,
  };
  return {
    health: async () => health(healthDeps),
    livez: async () => ({ status: 200, json: { status: 'alive' } }),
    readyz: async () => readiness(healthDeps),
    hello: async () => ({ status: 200, json: { status: 'ok' } }),
    metrics: async () => renderMetrics(audit.metrics(), audit.health(), gateway.status()),
    home: async () => homePage(),
    signIn: (exchange) =>
      signIn(exchange, {
        async redeem(code) {
          const result = await identity.redeemSignInCode(code, localActor('system', deps.ids));
          return result.ok ? { cookie: result.cookie, maxAgeSeconds: webSessionSeconds(deps) } : undefined;
        },
      }),
    async console(_exchange, { principal }) {
      await audit.caughtUp(CAUGHT_UP_MS_MAX);
      const own = principal.role === 'admin' ? {} : { userId: principal.userId };
      return consolePage(principal.email, await store.listDecisions({ ...own, limit: DECISIONS_SHOWN }));
    },
    async caughtUp() {
      await audit.caughtUp(CAUGHT_UP_MS_MAX);
      return { status: 200, json: { status: 'caught up' } };
    },
    async auditCheckpoint() {
      const checkpoint = await audit.checkpoint();
      return { status: 200, json: checkpoint ?? { tree_size: 0 } };
    },
    modelStatus: async () => ({ status: 200, json: modelStatus(gateway.status()) }),
    mcpStatus: async () => ({ status: 200, json: { items: mcp.status() } }),
    async mcpTools(exchange, caller) {
      return { status: 200, json: await mcp.tools(serverOf(exchange), caller, exchange.requestId) };
    },
    async mcpCall(exchange, caller) {
      const tool = exchange.params.tool ?? '';
      const result = await mcp.call(serverOf(exchange), tool, toolArguments(exchange), caller, exchange.requestId);
      return { status: 200, json: result };
    },
    async mcpLogs(exchange) {
      const asked = Number(exchange.query.get('lines') ?? LOG_LINES_MAX);
      const linesMax = Number.isInteger(asked) && asked > 0 ? Math.min(asked, LOG_LINES_MAX) : LOG_LINES_MAX;
      return { status: 200, json: { lines: mcp.logs(serverOf(exchange), linesMax) } };
    },
    govern: (exchange, caller) => clients.govern(exchange, caller),
    track: (exchange, caller) => clients.track(exchange, caller),
    mcp: (exchange, caller) => mcp.handle(exchange, caller, serverOf(exchange), originOf(exchange, deps)),
    mcpAudience: (server) => mcp.audience(server),
    mcpMetadata: async (exchange): Promise<Reply> => ({
      status: 200,
      json: mcp.protectedResourceMetadata(serverOf(exchange), originOf(exchange, deps)),
    }),
    gateway: deps.configuration().profile.gateway.enabled ? gateway : null,
  };
}

function modelStatus({ enabled, inFlightRequests, upstreams, cache }: GatewayStatus): JsonObject {
  return {
    enabled,
    requests_in_flight: inFlightRequests,
    upstreams: upstreams.map(({ inFlight, failuresInARow, retryAfterMs, ...upstream }) => ({
      ...upstream,
      requests_in_flight: inFlight,
      failures_in_a_row: failuresInARow,
      retry_after_ms: retryAfterMs,
    })),
    response_cache: { ...cache },
  };
}

function serverOf(exchange: Exchange): string {
  return exchange.params.server ?? '';
}

function toolArguments(exchange: Exchange): JsonObject {
  const body = exchange.body.length === 0 ? {} : parseJsonBytes(exchange.body);
  const args = isJsonObject(body) ? (body.arguments ?? {}) : body;
  if (isJsonObject(args)) return args;
  throw new OperatingError('invalid_input', 'arguments_not_object', 'the arguments of a tool are a JSON object', {
    where: 'arguments',
    remedy: 'send {"arguments": {...}}',
  });
}

function originOf(exchange: Exchange, deps: EndpointHandlerDeps): string {
  return deps.configuration().profile.server.public_url ?? `http://${exchange.headers.host ?? 'localhost'}`;
}

function webSessionSeconds(deps: EndpointHandlerDeps): number {
  return deps.configuration().profile.identity.web_session_lifetime_seconds;
}
