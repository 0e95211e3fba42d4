import { createHash } from 'node:crypto';
import { globMatches } from '#foundation/text';
import type { ContentMode, GatewayConfig, ModelRouteConfig, PricingConfig, ProviderConfig } from './config.ts';
import {
  type AuthScheme,
  type ExtraHeaders,
  knownProviders,
  listedModel,
  MOCK_PROVIDER,
  type Provider,
} from './provider.ts';

/** A pattern and where its models go: what the configuration says, with every default filled in. */
export type ModelRoute = {
  readonly id: string;
  readonly pattern: string;
  readonly provider: Provider;
  readonly endpoint: string | undefined;
  readonly apiKeySecret: string | undefined;
  readonly authScheme: AuthScheme;
  readonly extraHeaders: ExtraHeaders;
  /** Asked for upstream instead of the requested model. */
  readonly upstreamModel: string | undefined;
  readonly pricing: PricingConfig | undefined;
  readonly content: ContentMode;
  readonly allowUnpriced: boolean;
};

export type RouteTable = {
  readonly routes: readonly ModelRoute[];
  readonly allowUnlistedModels: boolean;
};

export type Resolution =
  | { readonly found: true; readonly route: ModelRoute; readonly upstreamModel: string }
  /** `unlisted`: a route matches, but its provider lists its models and this is none of them. */
  | { readonly found: false; readonly why: 'no_route' | 'unlisted' };

/** The table of a configuration; a route whose provider is unknown is left out (`route-problems.ts` reports it). */
export function compileRoutes(config: GatewayConfig, providers: readonly ProviderConfig[]): RouteTable {
  const known = knownProviders(providers);
  const routes: ModelRoute[] = [];
  for (const route of effectiveRoutes(config)) {
    const provider = known.get(route.provider);
    if (provider !== undefined) routes.push(compileRoute(route, provider, config.content));
  }
  return { routes, allowUnlistedModels: config.allow_unlisted_models };
}

/** The routes as written; without any, everything goes to the default provider, or to the mock. */
export function effectiveRoutes(config: GatewayConfig): readonly ModelRouteConfig[] {
  const written = config.routes ?? [];
  const last = config.default_provider ?? (config.routes === undefined ? MOCK_PROVIDER : undefined);
  if (last === undefined) return written;
  return [...written, { id: 'default', model_pattern: '*', provider: last, extra_headers: {}, allow_unpriced: true }];
}

function compileRoute(route: ModelRouteConfig, provider: Provider, content: ContentMode): ModelRoute {
  return {
    id: route.id ?? derivedRouteId(route),
    pattern: route.model_pattern,
    provider,
    endpoint: route.endpoint ?? provider.endpoint,
    apiKeySecret: route.api_key_secret ?? provider.apiKeySecret,
    authScheme: route.auth_scheme ?? provider.authScheme,
    extraHeaders: { ...provider.extraHeaders, ...route.extra_headers },
    upstreamModel: route.upstream_model,
    pricing: route.pricing,
    content: route.content ?? content,
    allowUnpriced: route.allow_unpriced,
  };
}

/** Stable under reordering, because rules elsewhere may name it. */
export function derivedRouteId(route: Pick<ModelRouteConfig, 'model_pattern' | 'provider'>): string {
  const slug = route.model_pattern.replaceAll('*', 'any').replace(/[^A-Za-z0-9]+/g, '-');
  const digest = createHash('sha256').update(`${route.model_pattern}\n${route.provider}`).digest('hex');
  return `${slug}-${digest.slice(0, 6)}`;
}

/** The first route whose pattern matches decides, and no other is tried. */
export function resolveModel(table: RouteTable, model: string): Resolution {
  const route = table.routes.find((candidate) => globMatches(candidate.pattern, model));
  if (route === undefined) return { found: false, why: 'no_route' };
  const { provider } = route;
  const listed = listedModel(provider, route.upstreamModel ?? model) ?? listedModel(provider, model);
  if (listed === undefined && provider.models.length > 0 && !table.allowUnlistedModels) {
    return { found: false, why: 'unlisted' };
  }
  return { found: true, route, upstreamModel: upstreamName(route, listed, model) };
}

function upstreamName(
  route: ModelRoute,
  listed: { readonly id: string; readonly upstream_model?: string | undefined } | undefined,
  model: string,
): string {
  if (listed !== undefined) return listed.upstream_model ?? listed.id;
  return route.upstreamModel ?? model;
}
