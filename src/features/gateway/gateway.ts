import type { Exchange, Reply } from '#foundation/http/exchange';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { IdSource } from '#foundation/ids';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import type { Budgets } from '#governance/budgets/budgets';
import type { Governor } from '#governance/governor';
import type { OutputScanner } from '#governance/guardrails/output-scanner';
import type { SecretSource } from '#governance/secrets/secret-value';
import { usageReply } from './budget-usage.ts';
import type { GatewayConfig, ProviderConfig } from './config.ts';
import { dialectOf } from './dialects/dialects.ts';
import { readCountTokens } from './dialects/gemini/count-tokens.ts';
import { outlineEmbeddings } from './dialects/openai-chat/embeddings.ts';
import { createKnownPrices } from './known-prices.ts';
import type { Caller } from './model-call.ts';
import { findModel, geminiModel, geminiModelPage, listedModels, modelPage } from './model-list.ts';
import type { Door } from './model-request.ts';
import { compileRoutes, type ModelRoute, type RouteTable } from './model-route.ts';
import type { PriceConfig } from './pricing-config.ts';
import { createProofMemory } from './proof-memory.ts';
import { createRequestSigner } from './providers/sign-request.ts';
import type { Redact } from './redacted-content.ts';
import type { RegisteredProvider } from './registered-provider.ts';
import { type CacheStatus, createRouteCaches } from './response-cache/route-caches.ts';
import { sendModelRequest } from './send-model-request.ts';
import { createUpstreamHealth, type UpstreamStatus } from './upstream-health.ts';

export type GatewayDeps = {
  /** Read at each request, so that a reloaded configuration serves the very next one. */
  readonly config: () => GatewayConfig;
  readonly providers: () => readonly ProviderConfig[];
  /** The `prices` of the services tree. */
  readonly ownPrices: () => readonly PriceConfig[];
  /** Of extensions; none when left out. */
  readonly registered?: () => readonly RegisteredProvider[];
  readonly governor: Governor;
  readonly budgets: Pick<Budgets, 'standings' | 'caps' | 'config'>;
  readonly secrets: Pick<SecretSource, 'find'>;
  readonly client: UpstreamClient;
  /** Of the configuration in force: what is looked for in what models say. */
  readonly outputScanner: () => OutputScanner;
  /** The base of the mock upstream and its models, while it runs. */
  readonly mock: { endpoint(): string | undefined; readonly models: readonly string[] };
  /** Replaces credentials in what is recorded. */
  readonly redact: Redact;
  readonly clock: Clock;
  readonly ids: Pick<IdSource, 'bytes'>;
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
  /** Upstreams that have been asked since the start. */
  readonly upstreams: readonly UpstreamStatus[];
  readonly cache: CacheStatus;
};

/** Of tool calls whose conversation may go on: some of a working day. */
const PROOFS_MAX = 20_000;
const PROOFS_KEPT_MS = 8 * 3_600_000;

type Handler = (exchange: Exchange, caller: Caller) => Promise<Reply | undefined>;

/** The models' doors, each in its dialect. Handlers reject with operating errors while nothing has been answered. */
export type Gateway = {
  /** `POST /v1/messages` */
  readonly messages: Handler;
  /** `POST /v1/messages/count_tokens` */
  readonly countTokens: Handler;
  /** `POST /v1/chat/completions` */
  readonly chatCompletions: Handler;
  /** `POST /v1/responses` */
  readonly responses: Handler;
  /** `POST /v1/responses/input_tokens` */
  readonly responsesCountTokens: Handler;
  /** `POST /v1/embeddings` */
  readonly embeddings: Handler;
  /** `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent` */
  readonly generateContent: Handler;
  /** `POST /v1beta/models/{model}:countTokens` */
  readonly geminiCountTokens: Handler;
  /** `GET /v1/models`, in a form that clients of Anthropic and of OpenAI read alike */
  readonly models: Handler;
  /** `GET /v1/models/{id}` */
  readonly model: Handler;
  /** `GET /v1beta/models` */
  readonly geminiModels: Handler;
  /** `GET /v1beta/models/{id}` */
  readonly geminiModel: Handler;
  /** `GET /api/oauth/usage` */
  readonly usage: Handler;
  status(): GatewayStatus;
};

const DOORS = {
  messages: generate('anthropic'),
  countTokens: { ...generate('anthropic'), operation: 'count_tokens' },
  chatCompletions: generate('openai-chat'),
  responses: generate('openai-responses'),
  responsesCountTokens: { ...generate('openai-responses'), operation: 'count_tokens' },
  embeddings: { operation: 'embed', dialect: dialectOf('openai-chat'), outline: outlineEmbeddings },
  generateContent: generate('gemini'),
  geminiCountTokens: {
    operation: 'count_tokens',
    dialect: dialectOf('gemini'),
    outline: (body, address) => readCountTokens(body, address).outline,
  },
} as const satisfies Record<string, Door>;

function generate(wire: Parameters<typeof dialectOf>[0]): Door {
  const dialect = dialectOf(wire);
  return { operation: 'generate', dialect, outline: dialect.outline };
}

export function createGateway(deps: GatewayDeps): Gateway {
  const routes = routeTableOf(deps);
  const health = createUpstreamHealth(deps.clock, () => deps.config().circuit_breaker);
  const caches = createRouteCaches(deps.clock);
  const sendDeps = {
    ...deps,
    routes,
    health,
    prices: createKnownPrices(deps.clock, deps.ownPrices),
    proofMemory: createProofMemory({ entriesMax: PROOFS_MAX, clock: deps.clock, keepMs: PROOFS_KEPT_MS }),
    caches,
    sign: createRequestSigner(deps),
    mockEndpoint: () => deps.mock.endpoint(),
    chance: () => deps.ids.bytes(4).readUInt32BE() / 2 ** 32,
  };
  let inFlightRequests = 0;

  async function send(door: Door, exchange: Exchange, caller: Caller): Promise<Reply | undefined> {
    inFlightRequests += 1;
    try {
      return await sendModelRequest(door, exchange, caller, sendDeps);
    } finally {
      inFlightRequests -= 1;
    }
  }

  const through =
    (door: Door): Handler =>
    (exchange, caller) =>
      send(door, exchange, caller);
  const listed = () => listedModels(routes(), deps.mock.models);

  return {
    messages: through(DOORS.messages),
    countTokens: through(DOORS.countTokens),
    chatCompletions: through(DOORS.chatCompletions),
    responses: through(DOORS.responses),
    responsesCountTokens: through(DOORS.responsesCountTokens),
    embeddings: through(DOORS.embeddings),
    generateContent: through(DOORS.generateContent),
    geminiCountTokens: through(DOORS.geminiCountTokens),
    models: async (exchange) =>
      exchange.headers['x-goog-api-key'] === undefined
        ? { status: 200, json: modelPage(listed(), exchange.query) }
        : { status: 200, json: geminiModelPage(listed(), exchange.query) },
    model: async (exchange) => {
      const model = findModel(listed(), exchange.params.id ?? '');
      return { status: 200, json: exchange.headers['x-goog-api-key'] === undefined ? model : geminiModel(model) };
    },
    geminiModels: async (exchange) => ({ status: 200, json: geminiModelPage(listed(), exchange.query) }),
    geminiModel: async (exchange) => ({
      status: 200,
      json: geminiModel(findModel(listed(), exchange.params.id ?? '')),
    }),
    usage: async (_exchange, caller) => usageReply(await deps.budgets.caps(caller), deps.clock.nowMs()),
    status: () => ({
      enabled: deps.config().enabled,
      inFlightRequests,
      routes: routes().routes.map((route) => routeStatus(route, deps)),
      upstreams: health.status(),
      cache: caches.status(routes().routes),
    }),
  };
}

/** The compiled table, made anew only when the configuration has changed. */
function routeTableOf(deps: Pick<GatewayDeps, 'config' | 'providers' | 'registered'>): () => RouteTable {
  let config: GatewayConfig | undefined;
  let providers: readonly ProviderConfig[] | undefined;
  let registered: readonly RegisteredProvider[] | undefined;
  let table: RouteTable = { routes: [], allowUnlistedModels: false };
  return () => {
    if (config !== deps.config() || providers !== deps.providers() || registered !== deps.registered?.()) {
      config = deps.config();
      providers = deps.providers();
      registered = deps.registered?.();
      table = compileRoutes(config, providers, registered);
    }
    return table;
  };
}

function routeStatus(route: ModelRoute, deps: GatewayDeps): GatewayStatus['routes'][number] {
  const { apiKeySecret } = route;
  return {
    id: route.id,
    model_pattern: route.pattern,
    provider: route.provider.name,
    wire: route.provider.wire,
    endpoint: route.endpoint ?? deps.mock.endpoint() ?? null,
    secret:
      apiKeySecret === undefined
        ? null
        : { name: apiKeySecret, isPresent: deps.secrets.find(apiKeySecret) !== undefined },
  };
}
