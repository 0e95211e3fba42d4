import type { MarkerForm } from './cache-markers.ts';

/**
 * How a provider speaks Chat Completions. All say that they are compatible with OpenAI, and each leaves something out,
 * names something otherwise, or answers 400 to a member that it does not know.
 */
export type Accent = {
  readonly tokenLimit: 'max_tokens' | 'max_completion_tokens';
  /** How it is asked to reason; `write-reasoning.ts` says what each looks like. */
  readonly reasoning: 'effort' | 'openrouter' | 'deepseek' | 'kimi' | 'qwen' | 'mistral' | 'groq';
  /** Where it takes earlier reasoning back; null where it has no place for it. */
  readonly replay: 'reasoning_content' | 'reasoning' | 'reasoning_details' | 'thinking_parts' | null;
  /** Refuses a turn with calls that comes without its reasoning. */
  readonly missesReasoning: boolean;
  /** The choices that it takes beside `auto` and `none`; null where it takes no choice at all. */
  readonly toolChoices: ReadonlySet<'required' | 'named' | 'allowed_tools'> | null;
  readonly takes: ReadonlySet<Setting>;
  readonly seed: 'seed' | 'random_seed' | null;
  readonly endUser: 'safety_identifier' | 'user' | null;
  readonly stopSequencesMax: number;
  /** Beyond it a client's temperature is cut down. */
  readonly temperatureMax: number;
  readonly webSearch: 'web_search_options' | 'plugins' | 'enable_search' | null;
  /** How it takes documents: parts of a kind, each with other members. */
  readonly documents: 'file' | 'document_url' | null;
  /** Whether documents may be told by their address. */
  readonly documentUrls: boolean;
  readonly imageUrls: boolean;
  readonly audio: boolean;
  readonly markers: MarkerForm;
  /** How it goes on from words of the assistant that stand last; null where it answers them. */
  readonly prefill: 'plain' | 'prefix' | 'partial' | 'continue' | null;
  /** Ids of calls: up to 40 usual characters, or exactly nine letters and digits. */
  readonly callIds: 'usual' | 'nine';
  /** Takes texts as parts; otherwise as one string only. */
  readonly textParts: boolean;
  /** Whether the system may speak after others have. */
  readonly systemTurns: boolean;
  /** Gives Gemini's signatures along with calls, and wants them back. */
  readonly callProofs: boolean;
};

/** Members that not everybody takes, each by its name on the wire. */
export type Setting =
  | 'stream_options'
  | 'parallel_tool_calls'
  | 'strict'
  | 'penalties'
  | 'top_k'
  | 'json_schema'
  | 'refusal'
  | 'service_tier'
  | 'verbosity'
  | 'prompt_cache_key'
  | 'model_traits';

const COMMON: readonly Setting[] = [
  'stream_options',
  'parallel_tool_calls',
  'strict',
  'penalties',
  'json_schema',
  'model_traits',
];

/** Who is not in the table: what OpenAI itself took for years, and nothing newer. */
const UNKNOWN: Accent = {
  tokenLimit: 'max_tokens',
  reasoning: 'effort',
  replay: null,
  missesReasoning: false,
  toolChoices: new Set(['required', 'named']),
  takes: new Set(COMMON),
  seed: 'seed',
  endUser: 'user',
  stopSequencesMax: 4,
  temperatureMax: 2,
  webSearch: 'web_search_options',
  documents: 'file',
  documentUrls: false,
  imageUrls: true,
  audio: true,
  markers: null,
  prefill: null,
  callIds: 'usual',
  textParts: true,
  systemTurns: true,
  callProofs: false,
};

const OPENAI: Accent = {
  ...UNKNOWN,
  tokenLimit: 'max_completion_tokens',
  toolChoices: new Set(['required', 'named', 'allowed_tools']),
  takes: new Set<Setting>([...COMMON, 'refusal', 'service_tier', 'verbosity', 'prompt_cache_key']),
  endUser: 'safety_identifier',
  markers: 'prompt_cache_breakpoint',
};

/** Open models behind a server of one's own: many settings, and templates that want the system first. */
const OWN_SERVER: Accent = {
  ...UNKNOWN,
  takes: new Set<Setting>([...COMMON, 'top_k']),
  endUser: null,
  stopSequencesMax: 16,
  webSearch: null,
  documents: null,
  systemTurns: false,
};

/** Read from each provider's reference in 2026-11. The first row whose name is a word of the tag counts. */
const ACCENTS: readonly (readonly [string, Accent])[] = [
  ['azure-openai', { ...OPENAI, endUser: 'user', webSearch: null }],
  ['azure', { ...OPENAI, endUser: 'user', webSearch: null }],
  [
    'openrouter',
    {
      ...UNKNOWN,
      // Takes away what a model does not take, by itself.
      takes: new Set<Setting>([...COMMON.filter((name) => name !== 'model_traits'), 'top_k', 'verbosity']),
      reasoning: 'openrouter',
      replay: 'reasoning_details',
      webSearch: 'plugins',
      documentUrls: true,
      markers: 'cache_control',
      prefill: 'plain',
    },
  ],
  ['gemini', { ...UNKNOWN, endUser: null, imageUrls: false, documents: null, webSearch: null, callProofs: true }],
  [
    'moonshot',
    {
      ...UNKNOWN,
      tokenLimit: 'max_completion_tokens',
      reasoning: 'kimi',
      replay: 'reasoning_content',
      missesReasoning: true,
      // Passes over in silence what it does not know, so that is not sent.
      toolChoices: new Set(),
      takes: new Set<Setting>(['stream_options', 'penalties', 'json_schema', 'prompt_cache_key', 'model_traits']),
      seed: null,
      endUser: 'safety_identifier',
      stopSequencesMax: 5,
      temperatureMax: 1,
      webSearch: null,
      documents: null,
      imageUrls: false,
      audio: false,
      prefill: 'partial',
    },
  ],
  [
    'qwen',
    {
      ...UNKNOWN,
      reasoning: 'qwen',
      toolChoices: new Set(['named']),
      takes: new Set<Setting>(['stream_options', 'parallel_tool_calls', 'penalties', 'top_k', 'json_schema']),
      endUser: null,
      stopSequencesMax: 16,
      webSearch: 'enable_search',
      documents: null,
      markers: 'cache_control',
    },
  ],
  [
    'mistral',
    {
      ...UNKNOWN,
      reasoning: 'mistral',
      replay: 'thinking_parts',
      // Refuses what it does not know; its streams tell their usage unasked.
      takes: new Set<Setting>(['parallel_tool_calls', 'strict', 'penalties', 'json_schema']),
      seed: 'random_seed',
      endUser: null,
      temperatureMax: 1.5,
      webSearch: null,
      documents: 'document_url',
      documentUrls: true,
      prefill: 'prefix',
      callIds: 'nine',
      systemTurns: false,
    },
  ],
  [
    'groq',
    {
      ...UNKNOWN,
      tokenLimit: 'max_completion_tokens',
      reasoning: 'groq',
      webSearch: null,
      documents: null,
      audio: false,
    },
  ],
  [
    'deepseek',
    {
      ...UNKNOWN,
      reasoning: 'deepseek',
      replay: 'reasoning_content',
      missesReasoning: true,
      takes: new Set<Setting>(['stream_options', 'penalties']),
      seed: null,
      endUser: null,
      stopSequencesMax: 16,
      webSearch: null,
      documents: null,
      audio: false,
      textParts: false,
    },
  ],
  ['xai', { ...UNKNOWN, tokenLimit: 'max_completion_tokens', webSearch: null, documents: null, audio: false }],
  [
    'together',
    {
      ...UNKNOWN,
      replay: 'reasoning',
      takes: new Set<Setting>([...COMMON, 'top_k']),
      endUser: null,
      webSearch: null,
      documents: null,
    },
  ],
  [
    'cerebras',
    {
      ...UNKNOWN,
      tokenLimit: 'max_completion_tokens',
      replay: 'reasoning',
      takes: new Set<Setting>(COMMON.filter((name) => name !== 'penalties')),
      webSearch: null,
      documents: null,
      audio: false,
      textParts: false,
    },
  ],
  [
    'fireworks',
    {
      ...UNKNOWN,
      replay: 'reasoning_content',
      takes: new Set<Setting>([...COMMON, 'top_k']),
      webSearch: null,
      documents: null,
    },
  ],
  [
    'ollama',
    {
      ...OWN_SERVER,
      replay: 'reasoning',
      toolChoices: null,
      takes: new Set<Setting>(['stream_options', 'penalties', 'json_schema', 'model_traits']),
      imageUrls: false,
      audio: false,
      systemTurns: true,
    },
  ],
  ['vllm', { ...OWN_SERVER, replay: 'reasoning_content', prefill: 'continue' }],
  ['lmstudio', { ...OWN_SERVER, toolChoices: new Set(['required']), audio: false }],
  ['openai', OPENAI],
];

/** `openai-eu` and `my_vllm` speak as what they are named for. */
export function accentOf(provider: string): Accent {
  const words = `-${provider.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-`;
  return ACCENTS.find(([name]) => words.includes(`-${name}-`))?.[1] ?? UNKNOWN;
}
