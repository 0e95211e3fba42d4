/** Routes and providers of models as commands print them; credentials stand there by name only. */
import type { ModelRouteConfig } from '#features/gateway/config';
import { derivedRouteId, effectiveRoutes } from '#features/gateway/model-route';
import { isBuiltInProvider, knownProviders, type Provider } from '#features/gateway/provider';
import type { GatewaySetup } from '#features/gateway/try-route';
import { OperatingError } from '#foundation/errors';
import type { JsonObject, JsonValue } from '#foundation/json';

export const ROUTE_COLUMNS = ['place', 'id', 'pattern', 'when', 'provider', 'upstream_model', 'fallbacks', 'written'];

/** In the order in which they are tried; one that nobody wrote stands for the default provider. */
export function routeViews({ gateway }: GatewaySetup): readonly JsonObject[] {
  const written = gateway.routes?.length ?? 0;
  return effectiveRoutes(gateway).map((route, index) => ({
    place: index + 1,
    id: routeId(route),
    pattern: route.model_pattern,
    when: compact(route.when ?? {}),
    provider: [route, ...(route.balance?.among ?? [])].map(({ provider }) => provider).join(' | '),
    upstream_model: route.upstream_model ?? null,
    fallbacks: route.fallbacks.map(({ provider, upstream_model: model }) =>
      [provider, model].filter(Boolean).join('='),
    ),
    written: index < written,
  }));
}

export function routeId(route: ModelRouteConfig): string {
  return route.id ?? derivedRouteId(route);
}

/** The place of a written route, from 0; throws `not_found`. */
export function routeIndex({ gateway }: GatewaySetup, id: string): number {
  const index = (gateway.routes ?? []).findIndex((route) => routeId(route) === id);
  if (index !== -1) return index;
  throw new OperatingError('not_found', 'route_unknown', `no written route is called ${JSON.stringify(id)}`, {
    where: id,
    remedy: 'systemprompt admin config gateway route list',
  });
}

export const PROVIDER_COLUMNS = ['name', 'from', 'wire', 'also_speaks', 'endpoint', 'secret', 'models', 'routes'];

export function providerViews(setup: GatewaySetup): readonly JsonObject[] {
  return [...knownProviders(setup.providers, setup.registered).values()].map((provider) => ({
    name: provider.name,
    from: originOf(provider.name, setup),
    wire: provider.wire,
    also_speaks: provider.alsoSpeaks,
    endpoint: provider.endpoint ?? null,
    secret: provider.apiKeySecret ?? null,
    models: provider.models.length === 0 ? null : provider.models.length,
    routes: routesTo(provider.name, setup),
  }));
}

/** Everything about one; throws `not_found`. */
export function providerView(setup: GatewaySetup, name: string): JsonObject {
  const provider = knownProviders(setup.providers, setup.registered).get(name);
  if (provider === undefined) {
    throw new OperatingError('not_found', 'provider_unknown', `no provider is called ${JSON.stringify(name)}`, {
      where: name,
      remedy: 'systemprompt admin config provider list',
    });
  }
  return {
    ...providerViews(setup).find((view) => view.name === name),
    auth_scheme: provider.authScheme,
    platform: provider.platform ?? null,
    api_version: provider.apiVersion ?? null,
    region: provider.region ?? null,
    extra_headers: Object.keys(provider.extraHeaders),
    pricing: compact(provider.pricing ?? {}),
    models: modelsOf(provider),
  };
}

function modelsOf({ models }: Provider): JsonValue {
  return models.map(({ id, aliases, upstream_model, pricing, limits }) => ({
    id,
    aliases,
    upstream_model: upstream_model ?? null,
    pricing: compact(pricing ?? {}),
    limits: compact(limits),
  }));
}

function originOf(name: string, { providers, registered }: GatewaySetup): string {
  if (providers.some((provider) => provider.name === name)) return 'profile';
  if (registered.some((provider) => provider.name === name)) return 'extension';
  return isBuiltInProvider(name) ? 'built in' : 'unknown';
}

/** Routes that may send requests there. */
function routesTo(name: string, { gateway }: GatewaySetup): readonly string[] {
  return effectiveRoutes(gateway)
    .filter((route) => [route, ...(route.balance?.among ?? []), ...route.fallbacks].some((to) => to.provider === name))
    .map(routeId);
}

/** Null for what says nothing; members without a value are left out. */
function compact(value: Readonly<Record<string, JsonValue | undefined>>): JsonValue {
  const members = Object.entries(value).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return members.length === 0 ? null : Object.fromEntries(members);
}
