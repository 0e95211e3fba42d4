import type { Wire } from './config.ts';
import type { Provider } from './provider.ts';

export const MOCK_PROVIDER = 'mock';

export type BuiltInProvider = Pick<Provider, 'name' | 'wire' | 'endpoint'> &
  Partial<Pick<Provider, 'alsoSpeaks' | 'platform' | 'priceId' | 'pricing'>>;

const chat = (name: string, endpoint: string | undefined, more: Partial<BuiltInProvider> = {}): BuiltInProvider => ({
  name,
  wire: 'openai-chat',
  endpoint,
  ...more,
});

const anthropic = (name: string, endpoint: string | undefined): BuiltInProvider => ({
  name,
  wire: 'anthropic',
  endpoint,
});

/** Nothing is paid for on one's own machine. */
const FREE = { input_per_million: 0, output_per_million: 0 };

/** Its catalogue of prices is Google's. */
const VERTEX = { platform: 'vertex', priceId: 'google' } as const;

const BEDROCK = { platform: 'bedrock', priceId: 'aws' } as const;

const RESPONSES: readonly Wire[] = ['openai-responses'];

/**
 * Providers that need no definition in the profile: a tag, what it speaks and where. One without an endpoint needs one
 * on its route. A tag of the same name in the profile takes its place.
 */
export const BUILT_IN_PROVIDERS: readonly BuiltInProvider[] = [
  {
    ...anthropic(MOCK_PROVIDER, undefined),
    // Small, and not zero, so that a first run shows what a cost looks like.
    pricing: {
      input_per_million: 0.1,
      output_per_million: 0.5,
      cache_read_per_million: 0.01,
      cache_write_per_million: 0.125,
      cache_write_1h_per_million: 0.2,
    },
  },
  anthropic('anthropic', 'https://api.anthropic.com/v1'),
  anthropic('minimax', 'https://api.minimax.io/anthropic'),
  { name: 'gemini', wire: 'gemini', endpoint: 'https://generativelanguage.googleapis.com/v1beta' },

  chat('openai', 'https://api.openai.com/v1', { alsoSpeaks: RESPONSES }),
  chat('azure-openai', undefined, {
    alsoSpeaks: RESPONSES,
    platform: 'azure',
    priceId: 'azure',
  }),
  { ...anthropic('vertex', undefined), ...VERTEX },
  { name: 'vertex-gemini', wire: 'gemini', endpoint: undefined, ...VERTEX },
  chat('vertex-openai', undefined, VERTEX),
  { ...anthropic('bedrock', undefined), ...BEDROCK },
  chat('bedrock-openai', undefined, BEDROCK),

  chat('moonshot', 'https://api.moonshot.ai/v1'),
  chat('qwen', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1'),
  chat('mistral', 'https://api.mistral.ai/v1'),
  chat('groq', 'https://api.groq.com/openai/v1'),
  chat('deepseek', 'https://api.deepseek.com/v1'),
  chat('xai', 'https://api.x.ai/v1'),
  chat('openrouter', 'https://openrouter.ai/api/v1'),
  chat('together', 'https://api.together.xyz/v1'),
  chat('cerebras', 'https://api.cerebras.ai/v1'),
  chat('fireworks', 'https://api.fireworks.ai/inference/v1'),

  chat('ollama', 'http://127.0.0.1:11434/v1', { pricing: FREE }),
  chat('vllm', 'http://127.0.0.1:8000/v1', { pricing: FREE }),
  chat('lmstudio', 'http://127.0.0.1:1234/v1', { pricing: FREE }),
];
