import type { PricingConfig, ProviderConfig, ProviderModelConfig, Wire } from './config.ts';

export type ExtraHeaders = ProviderConfig['extra_headers'];

export type AuthScheme = 'x-api-key' | 'bearer' | 'x-goog-api-key';

/** A tag of the configuration: where its upstream stands, what it speaks, how it wants to be asked. */
export type Provider = {
  readonly name: string;
  readonly wire: Wire;
  /** Spoken too, by the same upstream at the same base: a client of one of these is not translated. */
  readonly alsoSpeaks: readonly Wire[];
  /** Undefined for `mock`, whose address is known only once it listens, and for tags that need one on the route. */
  readonly endpoint: string | undefined;
  readonly apiKeySecret: string | undefined;
  readonly authScheme: AuthScheme;
  readonly extraHeaders: ExtraHeaders;
  readonly models: readonly ProviderModelConfig[];
  /** One price for all its models, where it has one. */
  readonly pricing: PricingConfig | undefined;
};

export const MOCK_PROVIDER = 'mock';

/** Prices of the built-in mock: small, and not zero, so that a first run shows what a cost looks like. */
const MOCK_PRICING: PricingConfig = {
  input_per_million: 0.1,
  output_per_million: 0.5,
  cache_read_per_million: 0.01,
  cache_write_per_million: 0.125,
  cache_write_1h_per_million: 0.2,
};

const BUILT_IN: readonly (Pick<Provider, 'name' | 'wire' | 'endpoint'> & { readonly alsoSpeaks?: readonly Wire[] })[] =
  [
    { name: MOCK_PROVIDER, wire: 'anthropic', endpoint: undefined },
    { name: 'anthropic', wire: 'anthropic', endpoint: 'https://api.anthropic.com/v1' },
    { name: 'minimax', wire: 'anthropic', endpoint: 'https://api.minimax.io/anthropic' },
    {
      name: 'openai',
      wire: 'openai-chat',
      endpoint: 'https://api.openai.com/v1',
      alsoSpeaks: ['openai-responses'],
    },
    { name: 'moonshot', wire: 'openai-chat', endpoint: 'https://api.moonshot.ai/v1' },
    { name: 'qwen', wire: 'openai-chat', endpoint: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1' },
    { name: 'gemini', wire: 'gemini', endpoint: 'https://generativelanguage.googleapis.com/v1beta' },
  ];

/** All tags by name: the built-in ones, shadowed by those that the profile defines. */
export function knownProviders(configured: readonly ProviderConfig[]): ReadonlyMap<string, Provider> {
  const providers = new Map<string, Provider>();
  for (const { name, wire, endpoint, alsoSpeaks = [] } of BUILT_IN) {
    providers.set(name, {
      name,
      wire,
      alsoSpeaks,
      endpoint,
      apiKeySecret: undefined,
      authScheme: defaultAuthScheme(wire),
      extraHeaders: {},
      models: [],
      pricing: name === MOCK_PROVIDER ? MOCK_PRICING : undefined,
    });
  }
  for (const provider of configured) {
    providers.set(provider.name, {
      name: provider.name,
      wire: provider.wire,
      alsoSpeaks: provider.also_speaks,
      endpoint: provider.endpoint,
      apiKeySecret: provider.api_key_secret,
      authScheme: provider.auth_scheme ?? defaultAuthScheme(provider.wire),
      extraHeaders: provider.extra_headers,
      models: provider.models,
      pricing: undefined,
    });
  }
  return providers;
}

export function isBuiltInProvider(name: string): boolean {
  return BUILT_IN.some((provider) => provider.name === name);
}

/** The model that `name` means for this provider, by id or by alias. */
export function listedModel(provider: Provider, name: string): ProviderModelConfig | undefined {
  return provider.models.find((model) => model.id === name || model.aliases.includes(name));
}

function defaultAuthScheme(wire: Wire): AuthScheme {
  if (wire === 'gemini') return 'x-goog-api-key';
  return wire === 'anthropic' ? 'x-api-key' : 'bearer';
}
