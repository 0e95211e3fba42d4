import type { Exchange, Reply } from '#foundation/http/exchange';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import type { Governor } from '#governance/governor';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { GatewayConfig, ProviderConfig } from './config.ts';
import { createKnownPrices } from './known-prices.ts';
import type { Caller } from './model-call.ts';
import { findModel, listedModels, modelPage } from './model-list.ts';
import { compileRoutes, type RouteTable } from './model-route.ts';
import type { Operation } from './prepare-request.ts';
import type { Redact } from './redacted-content.ts';
import { sendMessage } from './send-message.ts';

export type GatewayDeps = {
  /** Read at each request, so that a reloaded configuration serves the very next one. */
  readonly config: () => GatewayConfig;
  readonly providers: () => readonly ProviderConfig[];
  readonly governor: Governor;
  readonly secrets: Pick<SecretSource, 'find'>;
  readonly client: UpstreamClient;
  /** The base of the mock upstream and its models, while it runs. */
  readonly mock: { endpoint(): string | undefined; readonly models: readonly string[] };
  /** Replaces credentials in what is recorded. */
  readonly redact: Redact;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type GatewayStatus = {
  readonly enabled: boolean;
  readonly inFlightRequests: number;
  readonly routes: readonly {
    readonly id: string;
    readonly model_pattern: string;
    readonly provider: string;
    readonly wire: string;
    readonly endpoint: string | null;
    /** Null when the route needs none. */
    readonly secret: { readonly name: string; readonly isPresent: boolean } | null;
  }[];
};

/** The models' door in the Anthropic dialect. Handlers reject with operating errors while nothing has been answered. */
export type Gateway = {
  /** `POST /v1/messages` */
  messages(exchange: Exchange, caller: Caller): Promise<Reply | undefined>;
  /** `POST /v1/messages/count_tokens` */
  countTokens(exchange: Exchange, caller: Caller): Promise<Reply | undefined>;
  /** `GET /v1/models` */
  models(exchange: Exchange, caller: Caller): Promise<Reply>;
  /** `GET /v1/models/{id}`, with the parameter `id` */
  model(exchange: Exchange, caller: Caller): Promise<Reply>;
  status(): GatewayStatus;
};

export function createGateway(deps: GatewayDeps): Gateway {
  const routes = routeTableOf(deps);
  const prices = createKnownPrices(deps.clock);
  const sendDeps = { ...deps, routes, prices, mockEndpoint: () => deps.mock.endpoint() };
  let inFlightRequests = 0;

  async function send(operation: Operation, exchange: Exchange, caller: Caller): Promise<Reply | undefined> {
    inFlightRequests += 1;
    try {
      return await sendMessage(operation, exchange, caller, sendDeps);
    } finally {
      inFlightRequests -= 1;
    }
  }

  return {
    messages: (exchange, caller) => send('messages', exchange, caller),
    countTokens: (exchange, caller) => send('messages/count_tokens', exchange, caller),
    models: async (exchange) => ({
      status: 200,
      json: modelPage(listedModels(routes(), deps.mock.models), exchange.query),
    }),
    model: async (exchange) => ({
      status: 200,
      json: findModel(listedModels(routes(), deps.mock.models), exchange.params.id ?? ''),
    }),
    status: () => ({ enabled: deps.config().enabled, inFlightRequests, routes: routeStatus(routes(), deps) }),
  };
}

/** The compiled table, made anew only when the configuration has changed. */
function routeTableOf(deps: Pick<GatewayDeps, 'config' | 'providers'>): () => RouteTable {
  let config: GatewayConfig | undefined;
  let providers: readonly ProviderConfig[] | undefined;
  let table: RouteTable = { routes: [], allowUnlistedModels: false };
  return () => {
    if (config !== deps.config() || providers !== deps.providers()) {
      config = deps.config();
      providers = deps.providers();
      table = compileRoutes(config, providers);
    }
    return table;
  };
}

function routeStatus(table: RouteTable, deps: GatewayDeps): GatewayStatus['routes'] {
  return table.routes.map((route) => ({
    id: route.id,
    model_pattern: route.pattern,
    provider: route.provider.name,
    wire: route.provider.wire,
    endpoint: route.endpoint ?? deps.mock.endpoint() ?? null,
    secret:
      route.apiKeySecret === undefined
        ? null
        : { name: route.apiKeySecret, isPresent: deps.secrets.find(route.apiKeySecret) !== undefined },
  }));
}
