import { nearest } from '#foundation/text';
import { MOCK_PROVIDER } from './built-in-providers.ts';
import type { GatewayConfig, ProviderConfig } from './config.ts';
import { derivedRouteId, effectiveRoutes } from './model-route.ts';
import { knownProviders } from './provider.ts';
import type { RegisteredProvider } from './registered-provider.ts';

/** Something that two slices of the profile together get wrong; `path` leads from the profile's root. */
export type RouteProblem = { readonly path: readonly (string | number)[]; readonly message: string };

/** What a strict schema of one slice cannot see: names that nothing answers to, and names given twice. */
export function routeProblems(
  config: GatewayConfig,
  providers: readonly ProviderConfig[],
  registered: readonly RegisteredProvider[] = [],
): readonly RouteProblem[] {
  const known = knownProviders(providers, registered);
  const problems: RouteProblem[] = [
    ...repeated(
      providers.map((provider) => provider.name),
      ['providers'],
      'name',
    ),
  ];
  const written = config.routes ?? [];
  for (const [index, route] of written.entries()) {
    const provider = known.get(route.provider);
    if (provider === undefined) {
      problems.push(unknownProvider(route.provider, known.keys(), ['gateway', 'routes', index, 'provider']));
    } else if (route.endpoint === undefined && provider.endpoint === undefined && provider.name !== MOCK_PROVIDER) {
      problems.push({ path: ['gateway', 'routes', index], message: `the provider ${provider.name} needs an endpoint` });
    }
  }
  if (config.default_provider !== undefined && !known.has(config.default_provider)) {
    problems.push(unknownProvider(config.default_provider, known.keys(), ['gateway', 'default_provider']));
  }
  const ids = effectiveRoutes(config).map((route) => route.id ?? derivedRouteId(route));
  return [...problems, ...repeated(ids, ['gateway', 'routes'], 'id')];
}

function unknownProvider(name: string, known: Iterable<string>, path: readonly (string | number)[]): RouteProblem {
  const suggestion = nearest(name, known);
  const hint =
    suggestion === undefined
      ? 'define it under providers, or name the extension that registers it'
      : `did you mean ${suggestion}?`;
  return { path, message: `no provider is called ${JSON.stringify(name)}; ${hint}` };
}

function repeated(names: readonly string[], path: readonly string[], member: string): readonly RouteProblem[] {
  const seen = new Set<string>();
  const problems: RouteProblem[] = [];
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) {
      problems.push({
        path: [...path, index, member],
        message: `${JSON.stringify(name)} stands twice; names are unique`,
      });
    }
    seen.add(name);
  }
  return problems;
}
