import { createHash } from 'node:crypto';
import { globMatches } from '#foundation/text';
import { MOCK_PROVIDER } from './built-in-providers.ts';
import {
  type ContentMode,
  type GatewayConfig,
  type ModelRouteConfig,
  modelRouteSchema,
  type OutputGuardConfig,
  type ProviderConfig,
  type RetryConfig,
  type RouteConditionConfig,
  type RouteTargetConfig,
} from './config.ts';
import type { PricingConfig } from './pricing-config.ts';
import { type AuthScheme, type ExtraHeaders, knownProviders, listedModel, type Provider } from './provider.ts';
import type { RegisteredProvider } from './registered-provider.ts';
import type { ResponseCacheConfig } from './response-cache/cache-config.ts';

/** One upstream of a route: where requests go and what they cost there. */
export type RouteTarget = {
  /** Of the route that it belongs to. */
  readonly id: string;
  readonly provider: Provider;
  readonly endpoint: string | undefined;
  readonly apiKeySecret: string | undefined;
  readonly authScheme: AuthScheme;
  readonly apiVersion: string | undefined;
  readonly region: string | undefined;
  readonly extraHeaders: ExtraHeaders;
  /** Asked for upstream instead of the requested model. */
  readonly upstreamModel: string | undefined;
  readonly pricing: PricingConfig | undefined;
  readonly content: ContentMode;
  readonly outputGuard: OutputGuardConfig;
  readonly conversion: 'lossy' | 'strict';
  readonly maxOutputTokens: number | undefined;
  readonly allowUnpriced: boolean;
};

export type WeightedTarget = { readonly target: RouteTarget; readonly weight: number };

/** A pattern and where its models go: what the configuration says, with every default filled in. */
export type ModelRoute = RouteTarget & {
  readonly pattern: string;
  readonly condition: RouteConditionConfig | undefined;
  /** All that share the requests, the route's own upstream first. */
  readonly balance: { readonly strategy: 'weighted' | 'least_busy'; readonly among: readonly WeightedTarget[] };
  readonly fallbacks: readonly RouteTarget[];
  readonly retry: RetryConfig;
  /** Undefined when nothing is cached. */
  readonly cache: ResponseCacheConfig | undefined;
};

export type RouteTable = {
  readonly routes: readonly ModelRoute[];
  readonly allowUnlistedModels: boolean;
};

export type Resolution =
  | { readonly found: true; readonly route: ModelRoute }
  /** `unlisted`: a route matches, but its provider lists its models and this is none of them. */
  | { readonly found: false; readonly why: 'no_route' | 'unlisted' };

/** The table of a configuration; a route whose provider is unknown is left out (`route-problems.ts` reports it). */
export function compileRoutes(
  config: GatewayConfig,
  providers: readonly ProviderConfig[],
  registered: readonly RegisteredProvider[] = [],
): RouteTable {
  const known = knownProviders(providers, registered);
  const routes: ModelRoute[] = [];
  for (const route of effectiveRoutes(config)) {
    const compiled = compileRoute(route, known, config);
    if (compiled !== undefined) routes.push(compiled);
  }
  return { routes, allowUnlistedModels: config.allow_unlisted_models };
}

/** The routes as written; without any, everything goes to the default provider, or to the mock. */
export function effectiveRoutes(config: GatewayConfig): readonly ModelRouteConfig[] {
  const written = config.routes ?? [];
  const last = config.default_provider ?? (config.routes === undefined ? MOCK_PROVIDER : undefined);
  if (last === undefined) return written;
  return [...written, modelRouteSchema.parse({ id: 'default', model_pattern: '*', provider: last })];
}

/** What a route takes from the gateway where it says nothing itself. */
type RouteDefaults = Pick<GatewayConfig, 'content' | 'output_guard'>;

function compileRoute(
  route: ModelRouteConfig,
  known: ReadonlyMap<string, Provider>,
  defaults: RouteDefaults,
): ModelRoute | undefined {
  const compile = (target: RouteTargetConfig): RouteTarget | undefined => compileTarget(target, route, known, defaults);
  const own = compile(route);
  if (own === undefined) return undefined;
  const others = (route.balance?.among ?? []).flatMap((peer) => {
    const target = compile(peer);
    return target === undefined ? [] : [{ target, weight: peer.weight }];
  });
  return {
    ...own,
    pattern: route.model_pattern,
    condition: route.when,
    balance: {
      strategy: route.balance?.strategy ?? 'weighted',
      among: [{ target: own, weight: route.weight }, ...others],
    },
    fallbacks: route.fallbacks.flatMap((fallback) => compile(fallback) ?? []),
    retry: route.retry,
    cache: route.cache,
  };
}

function compileTarget(
  target: RouteTargetConfig,
  route: ModelRouteConfig,
  known: ReadonlyMap<string, Provider>,
  defaults: RouteDefaults,
): RouteTarget | undefined {
  const provider = known.get(target.provider);
  if (provider === undefined) return undefined;
  return {
    id: route.id ?? derivedRouteId(route),
    provider,
    endpoint: target.endpoint ?? provider.endpoint,
    apiKeySecret: target.api_key_secret ?? provider.apiKeySecret,
    authScheme: target.auth_scheme ?? provider.authScheme,
    apiVersion: target.api_version ?? provider.apiVersion,
    region: target.region ?? provider.region,
    extraHeaders: { ...provider.extraHeaders, ...target.extra_headers },
    upstreamModel: target.upstream_model,
    pricing: target.pricing,
    content: route.content ?? defaults.content,
    outputGuard: route.output_guard ?? defaults.output_guard,
    conversion: route.conversion,
    maxOutputTokens: route.max_output_tokens,
    allowUnpriced: route.allow_unpriced,
  };
}

/** Stable under reordering, because rules elsewhere may name it. */
export function derivedRouteId(route: Pick<ModelRouteConfig, 'model_pattern' | 'provider'>): string {
  const slug = route.model_pattern.replaceAll('*', 'any').replace(/[^A-Za-z0-9]+/g, '-');
  const digest = createHash('sha256').update(`${route.model_pattern}\n${route.provider}`).digest('hex');
  return `${slug}-${digest.slice(0, 6)}`;
}

/** The first route whose pattern matches, and whose condition holds, decides; no other is looked at. */
export function resolveModel(
  table: RouteTable,
  model: string,
  holds: (condition: RouteConditionConfig) => boolean,
): Resolution {
  const route = table.routes.find(
    ({ pattern, condition }) => globMatches(pattern, model) && (condition === undefined || holds(condition)),
  );
  if (route === undefined) return { found: false, why: 'no_route' };
  if (!table.allowUnlistedModels && !isListed(route, model)) return { found: false, why: 'unlisted' };
  return { found: true, route };
}

function isListed(target: RouteTarget, model: string): boolean {
  return target.provider.models.length === 0 || listing(target, model) !== undefined;
}

export function listing(target: RouteTarget, model: string) {
  return listedModel(target.provider, target.upstreamModel ?? model) ?? listedModel(target.provider, model);
}

/** The name that is asked for upstream. */
export function upstreamName(target: RouteTarget, model: string): string {
  const listed = listing(target, model);
  if (listed !== undefined) return listed.upstream_model ?? listed.id;
  return target.upstreamModel ?? model;
}
