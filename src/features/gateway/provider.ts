import { BUILT_IN_PROVIDERS } from './built-in-providers.ts';
import type { Platform, ProviderConfig, ProviderModelConfig, Wire } from './config.ts';
import type { PricingConfig } from './pricing-config.ts';
import type { PrepareRequest, RegisteredProvider } from './registered-provider.ts';

export type ExtraHeaders = ProviderConfig['extra_headers'];

export type AuthScheme = 'x-api-key' | 'bearer' | 'x-goog-api-key' | 'api-key' | 'google' | 'aws';

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
  /** The cloud that it is part of, where that has addresses and forms of its own. */
  readonly platform: Platform | undefined;
  /** The name under which the price catalogue knows it. */
  readonly priceId: string;
  readonly apiVersion: string | undefined;
  readonly region: string | undefined;
  readonly extraHeaders: ExtraHeaders;
  readonly models: readonly ProviderModelConfig[];
  /** One price for all its models, where it has one. */
  readonly pricing: PricingConfig | undefined;
  /** The provider's own code, where an extension brings it. */
  readonly prepare?: PrepareRequest | undefined;
};

/** All tags by name: the built-in ones, shadowed by those of extensions, and these by those that the profile defines. */
export function knownProviders(
  configured: readonly ProviderConfig[],
  registered: readonly RegisteredProvider[] = [],
): ReadonlyMap<string, Provider> {
  const providers = new Map<string, Provider>();
  for (const builtIn of BUILT_IN_PROVIDERS) {
    providers.set(builtIn.name, {
      alsoSpeaks: [],
      authScheme: defaultAuthScheme(builtIn.wire, builtIn.platform),
      platform: undefined,
      priceId: builtIn.name,
      pricing: undefined,
      ...builtIn,
      apiVersion: undefined,
      region: undefined,
      apiKeySecret: undefined,
      extraHeaders: {},
      models: [],
    });
  }
  for (const provider of registered) {
    const { pricing, prepare } = provider;
    providers.set(provider.name, { ...definedProvider(provider), pricing, prepare });
  }
  for (const provider of configured) providers.set(provider.name, definedProvider(provider));
  return providers;
}

function definedProvider(provider: ProviderConfig): Provider {
  return {
    name: provider.name,
    wire: provider.wire,
    alsoSpeaks: provider.also_speaks,
    endpoint: provider.endpoint,
    apiKeySecret: provider.api_key_secret,
    authScheme: provider.auth_scheme ?? defaultAuthScheme(provider.wire, provider.platform),
    platform: provider.platform,
    priceId: provider.name,
    apiVersion: provider.api_version,
    region: provider.region,
    extraHeaders: provider.extra_headers,
    models: provider.models,
    pricing: undefined,
  };
}

export function isBuiltInProvider(name: string): boolean {
  return BUILT_IN_PROVIDERS.some((provider) => provider.name === name);
}

/** The model that `name` means for this provider, by id or by alias. */
export function listedModel(provider: Provider, name: string): ProviderModelConfig | undefined {
  return provider.models.find((model) => model.id === name || model.aliases.includes(name));
}

const SCHEME_OF_PLATFORM: Readonly<Record<Platform, AuthScheme>> = {
  azure: 'api-key',
  vertex: 'google',
  bedrock: 'aws',
};

function defaultAuthScheme(wire: Wire, platform?: Platform): AuthScheme {
  if (platform !== undefined) return SCHEME_OF_PLATFORM[platform];
  if (wire === 'gemini') return 'x-goog-api-key';
  return wire === 'anthropic' ? 'x-api-key' : 'bearer';
}
