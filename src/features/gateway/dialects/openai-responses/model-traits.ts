import type { Effort } from '#features/gateway/conversation/conversation';

/** What a model takes of the Responses API; models differ, and answer 400 to what they do not take. */
export type ModelTraits = {
  /** False for models that are known not to reason: they refuse `reasoning` and encrypted content. */
  readonly reasons: boolean;
  /** In the order of effort; `none` where a model can be told not to reason. */
  readonly efforts: readonly Effort[];
  /** `temperature` and `top_p`; some models take them only while they do not reason. */
  readonly takesSampling: 'always' | 'without_reasoning' | 'never';
  /** The effort of a model that is told none. */
  readonly effortByDefault: Effort;
  readonly takesVerbosity: boolean;
  /** `prompt_cache_breakpoint` on parts of a message. */
  readonly takesBreakpoints: boolean;
};

const THREE: readonly Effort[] = ['low', 'medium', 'high'];

/** Models of other makers behind this wire take what every reasoning model takes. */
const UNKNOWN: ModelTraits = {
  reasons: true,
  efforts: THREE,
  takesSampling: 'always',
  effortByDefault: 'medium',
  takesVerbosity: true,
  takesBreakpoints: false,
};

const WITHOUT_REASONING: ModelTraits = { ...UNKNOWN, reasons: false, efforts: [], takesVerbosity: false };

const FIRST_REASONERS: ModelTraits = { ...UNKNOWN, takesSampling: 'never', takesVerbosity: false };

/**
 * By the name alone, wherever in it the model's stands, since deployments have names of their own. From what OpenAI
 * says of `reasoning.effort` and `prompt_cache_options` (reasoning guide and API description, read 2026-11): 5.1 brings
 * `none`, which is its default, and takes away `minimal`; 5.1 Codex Max and everything from 5.2 on has `xhigh`; `max`
 * and breakpoints begin with 5.6. `-chat` models do not reason, and Codex models always do.
 */
export function traitsOf(model: string): ModelTraits {
  const name = model.toLowerCase();
  if (/(?:^|[^a-z0-9])(gpt-[34]|chatgpt-|gpt-\d(\.\d)?-chat)/.test(name)) return WITHOUT_REASONING;
  if (/(?:^|\/)(o\d|codex-mini|computer-use)/.test(name)) return FIRST_REASONERS;
  const version = Number(/(?:^|[^a-z0-9])gpt-(\d(?:\.\d{1,2})?)(?![\d.])/.exec(name)?.[1] ?? '0');
  if (version < 5) return UNKNOWN;
  const efforts = effortsOf(name, version);
  return {
    reasons: true,
    efforts,
    takesSampling: efforts[0] === 'none' ? 'without_reasoning' : 'never',
    effortByDefault: efforts[0] === 'none' && version < 5.5 ? 'none' : 'medium',
    takesVerbosity: true,
    takesBreakpoints: version >= 5.6,
  };
}

function effortsOf(name: string, version: number): readonly Effort[] {
  if (name.includes('-pro')) return version < 5.1 ? ['high'] : ['medium', 'high', 'xhigh'];
  const isCodex = name.includes('-codex');
  if (version < 5.1) return isCodex ? THREE : ['minimal', ...THREE];
  const more: readonly Effort[] = version >= 5.2 || name.includes('-max') ? [...THREE, 'xhigh'] : THREE;
  const most: readonly Effort[] = version >= 5.6 ? [...more, 'max'] : more;
  return isCodex ? most : ['none', ...most];
}
