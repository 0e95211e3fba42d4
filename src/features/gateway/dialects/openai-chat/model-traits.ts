import type { Effort } from '#features/gateway/conversation/conversation';

type When = 'always' | 'without_reasoning' | 'never';

/** What a model takes of chat completions; models differ, and answer 400 to what they do not take. */
export type ModelTraits = {
  /** Null where nothing is known of it. */
  readonly reasons: boolean | null;
  /** In the order of effort; `none` where a model can be told not to reason. */
  readonly efforts: readonly Effort[];
  /** The effort of a model that is told none. */
  readonly effortByDefault: Effort;
  /** `temperature` and `top_p`. */
  readonly takesSampling: When;
  readonly takesPenalties: When;
  readonly takesStop: When;
  readonly takesParallelCalls: boolean;
  /** Functions only go with `reasoning_effort: none`; reasoning with tools is left to the Responses API. */
  readonly functionsForbidReasoning: boolean;
  readonly takesVerbosity: boolean;
  /** `prompt_cache_breakpoint` on parts of a message. */
  readonly takesBreakpoints: boolean;
  /** Knows only `max_completion_tokens`. */
  readonly countsReasoning: boolean;
  /** `web_search_options`. */
  readonly searches: boolean;
};

const THREE: readonly Effort[] = ['low', 'medium', 'high'];

/** Models of whom nothing is known take what the dialect began with, and the efforts that all have. */
const UNKNOWN: ModelTraits = {
  reasons: null,
  efforts: THREE,
  effortByDefault: 'medium',
  takesSampling: 'always',
  takesPenalties: 'always',
  takesStop: 'always',
  takesParallelCalls: true,
  functionsForbidReasoning: false,
  takesVerbosity: false,
  takesBreakpoints: false,
  countsReasoning: false,
  searches: false,
};

const WITHOUT_REASONING: ModelTraits = { ...UNKNOWN, reasons: false, efforts: [] };

const REASONING: ModelTraits = {
  ...UNKNOWN,
  reasons: true,
  takesSampling: 'never',
  takesPenalties: 'never',
  takesStop: 'never',
  countsReasoning: true,
};

/**
 * By the name alone, from what OpenAI says of its models and what they answer 400 to (read 2026-11): the o-series came
 * before parallel calls, and only its first models take `stop`; 5.1 brings `none`, which is its default until 5.5, and
 * with it sampling; 5.2 has `xhigh`; from 5.4 on functions forbid reasoning here; 5.6 has `max` and breakpoints. `-chat`
 * models do not reason.
 */
export function traitsOf(model: string): ModelTraits {
  const name = model.toLowerCase().replace(/^.*\//, '');
  if (name.includes('-search')) {
    return { ...WITHOUT_REASONING, takesSampling: 'never', takesPenalties: 'never', searches: true };
  }
  if (/^(gpt-[34]|chatgpt-|gpt-5-chat|gpt-audio)/.test(name)) return WITHOUT_REASONING;
  if (/^(o\d|codex-mini)/.test(name)) {
    const isFirst = /^(o1|o3-mini)/.test(name);
    return { ...REASONING, takesStop: isFirst ? 'always' : 'never', takesParallelCalls: false };
  }
  if (name.startsWith('grok-')) return grokTraits(name);
  // Their platform sets them, whatever is asked for.
  if (name.startsWith('kimi-')) return { ...UNKNOWN, takesSampling: 'never', takesPenalties: 'never' };
  const version = Number(/^gpt-(\d{1,2}(?:\.\d{1,2})?)(?![\d.])/.exec(name)?.[1] ?? '0');
  return version < 5 ? UNKNOWN : newTraits(name, version);
}

function newTraits(name: string, version: number): ModelTraits {
  const efforts = effortsOf(name, version);
  const canBeOff = efforts.includes('none');
  return {
    ...REASONING,
    efforts,
    effortByDefault: canBeOff && version < 5.5 ? 'none' : 'medium',
    takesSampling: canBeOff ? 'without_reasoning' : 'never',
    takesPenalties: canBeOff ? 'without_reasoning' : 'never',
    takesStop: version >= 5.5 ? 'always' : canBeOff ? 'without_reasoning' : 'never',
    functionsForbidReasoning: canBeOff && version >= 5.4,
    takesVerbosity: true,
    takesBreakpoints: version >= 5.6,
  };
}

function effortsOf(name: string, version: number): readonly Effort[] {
  if (name.includes('-chat')) return ['medium'];
  if (version < 5.1) return ['minimal', ...THREE];
  const more: readonly Effort[] = version >= 5.2 ? ['none', ...THREE, 'xhigh'] : ['none', ...THREE];
  return version >= 5.6 ? [...more, 'max'] : more;
}

/** Which of xAI's models can be told how long to reason: 3-mini, and from 4.3 on (4.20 is older than it looks). */
function grokTraits(name: string): ModelTraits {
  if (name.includes('non-reasoning') || /^grok-(2|3(?!-mini))/.test(name)) return WITHOUT_REASONING;
  const bare: ModelTraits = { ...UNKNOWN, takesPenalties: 'never', takesStop: 'never', reasons: true, efforts: [] };
  if (name.startsWith('grok-3-mini')) return { ...bare, efforts: ['low', 'high'] };
  if (/^grok-4\.3(?!\d)/.test(name)) return { ...bare, efforts: ['none', ...THREE] };
  return /^grok-(4\.[4-9]|[5-9])(?!\d)/.test(name) ? { ...bare, efforts: THREE } : bare;
}
