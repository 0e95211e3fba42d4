import { describe, expect, it } from 'vitest';
import { proves } from '#tests/support/proves';
import { BUILT_IN_PROVIDERS } from './built-in-providers.ts';
import { gatewayConfigSchema, providersConfigSchema } from './config.ts';
import { compileRoutes, resolveModel, upstreamName } from './model-route.ts';
import { routeProblems } from './route-problems.ts';

proves('gateway.first-match');

function table(gateway: unknown, providers: unknown = []) {
  return compileRoutes(gatewayConfigSchema.parse(gateway), providersConfigSchema.parse(providers));
}

function target(gateway: unknown, model: string, providers: unknown = []): string {
  const resolution = resolveModel(table(gateway, providers), model, () => true);
  if (!resolution.found) return resolution.why;
  return `${resolution.route.provider.name}:${upstreamName(resolution.route, model)}`;
}

const REGISTRY = [
  {
    name: 'corporate',
    wire: 'anthropic',
    endpoint: 'https://models.example/v1',
    api_key_secret: 'corporate_key',
    models: [
      {
        id: 'claude-large-1-0',
        aliases: ['large'],
        upstream_model: 'vendor/large',
        pricing: { input_per_million: 3, output_per_million: 15 },
      },
      { id: 'claude-small-1-0' },
    ],
  },
];

describe('a model route', () => {
  it('leads everything to the mock when nothing is configured', () => {
    expect(target({}, 'claude-sonnet-4-5')).toBe('mock:claude-sonnet-4-5');
  });

  it('is the first whose pattern matches, with * in any position', () => {
    const gateway = {
      routes: [
        { model_pattern: 'claude-*-haiku', provider: 'minimax' },
        { model_pattern: 'claude-*', provider: 'anthropic' },
        { model_pattern: '*-mini', provider: 'mock', upstream_model: 'tiny' },
      ],
    };
    expect(target(gateway, 'claude-4-haiku')).toBe('minimax:claude-4-haiku');
    expect(target(gateway, 'claude-4-haiku-x')).toBe('anthropic:claude-4-haiku-x');
    expect(target(gateway, 'gpt-mini')).toBe('mock:tiny');
    expect(target(gateway, 'Claude-4')).toBe('no_route');
  });

  it('parses the contract’s example and completes it', () => {
    const gateway = {
      enabled: true,
      routes: [
        {
          model_pattern: 'claude-*',
          provider: 'anthropic',
          endpoint: 'http://127.0.0.1:9901/v1',
          api_key_secret: 'anthropic_api_key',
        },
        {
          model_pattern: 'gpt-*',
          provider: 'openai',
          endpoint: 'http://127.0.0.1:9902/v1',
          api_key_secret: 'openai_api_key',
          upstream_model: 'gpt-test',
        },
        {
          model_pattern: 'gemini-*',
          provider: 'gemini',
          endpoint: 'http://127.0.0.1:9903/v1beta',
          api_key_secret: 'gemini_api_key',
        },
      ],
    };
    expect(target(gateway, 'gpt-5')).toBe('openai:gpt-test');
    expect(routeProblems(gatewayConfigSchema.parse(gateway), [])).toEqual([]);
  });

  it('takes endpoint, key and models from a registered provider', () => {
    const gateway = { routes: [{ model_pattern: '*', provider: 'corporate' }] };
    expect(target(gateway, 'large', REGISTRY)).toBe('corporate:vendor/large');
    expect(target(gateway, 'claude-small-1-0', REGISTRY)).toBe('corporate:claude-small-1-0');
    expect(target(gateway, 'claude-huge', REGISTRY)).toBe('unlisted');
    expect(target({ ...gateway, allow_unlisted_models: true }, 'claude-huge', REGISTRY)).toBe('corporate:claude-huge');
    const [route] = table(gateway, REGISTRY).routes;
    expect([route?.endpoint, route?.apiKeySecret]).toEqual(['https://models.example/v1', 'corporate_key']);
  });

  it('ends at the default provider', () => {
    const gateway = { routes: [{ model_pattern: 'gpt-*', provider: 'openai' }], default_provider: 'corporate' };
    expect(target(gateway, 'large', REGISTRY)).toBe('corporate:vendor/large');
    expect(target({ default_provider: 'corporate' }, 'large', REGISTRY)).toBe('corporate:vendor/large');
  });

  it('keeps its id when routes are reordered', () => {
    const first = { model_pattern: 'a*', provider: 'mock' };
    const second = { model_pattern: 'b*', provider: 'mock' };
    const ids = (routes: unknown[]) => table({ routes }).routes.map((route) => route.id);
    expect(ids([first, second])).toEqual(ids([second, first]).reverse());
  });
});

describe('the configuration of the gateway', () => {
  it('refuses what could break the framing or leak', () => {
    const refused = [
      { routes: [{ model_pattern: '*', provider: 'mock', extra_headers: { 'Transfer-Encoding': 'chunked' } }] },
      { routes: [{ model_pattern: '*', provider: 'mock', extra_headers: { 'x-a': 'line\r\nbreak' } }] },
      { routes: [{ model_pattern: '*', provider: 'mock', endpoint: 'ftp://host/v1' }] },
      { routes: [{ model_pattern: '*', provider: 'mock', endpoint: 'https://user:pass@host/v1' }] },
      { routes: [{ model_pattern: '*', provider: 'mock', pricing: { input_per_million: -1, output_per_million: 1 } }] },
      { routs: [] },
    ];
    for (const gateway of refused) expect(gatewayConfigSchema.safeParse(gateway).success).toBe(false);
  });

  it('reports providers that nobody defines and names given twice', () => {
    const config = gatewayConfigSchema.parse({
      routes: [
        { model_pattern: 'a*', provider: 'antropic', id: 'same' },
        { model_pattern: 'b*', provider: 'mock', id: 'same' },
      ],
    });
    expect(routeProblems(config, []).map((problem) => `${problem.path.join('.')}: ${problem.message}`)).toEqual([
      'gateway.routes.0.provider: no provider is called "antropic"; did you mean anthropic?',
      'gateway.routes.1.id: "same" stands twice; names are unique',
    ]);
  });
});

describe('a built-in provider', () => {
  const names = BUILT_IN_PROVIDERS.map(({ name }) => name);

  it.each(names)('%s can be named by a route, and has a legal endpoint or none', (name) => {
    const routes = [{ model_pattern: '*', provider: name, endpoint: 'https://own.example/v1' }];
    expect(routeProblems(gatewayConfigSchema.parse({ routes }), [])).toEqual([]);
    const [route] = table({ routes: [{ model_pattern: '*', provider: name }] }).routes;
    if (route?.endpoint !== undefined) expect(new URL(route.endpoint).protocol).toMatch(/^https?:$/);
  });

  it('speaks to its own endpoint alone what only that is known to speak', () => {
    expect(new Set(names).size).toBe(names.length);
    const [route] = table({ routes: [{ model_pattern: '*', provider: 'azure-openai' }] }).routes;
    expect(route).toMatchObject({ authScheme: 'api-key', endpoint: undefined });
  });
});
