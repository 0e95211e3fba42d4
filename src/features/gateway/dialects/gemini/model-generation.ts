import type { Effort } from '#features/gateway/conversation/conversation';

/** What a name says of a Gemini model. */
export type ModelGeneration = {
  /** Thinking is told in words (`thinkingLevel`), and calls without their signature are refused. */
  readonly isThird: boolean;
  /** The words in the order of effort; only of the third generation. */
  readonly levels: readonly Effort[];
  /** The budgets that are taken beside 0 and -1; null for models that do not think. Only before the third generation. */
  readonly budget: { readonly min: number; readonly max: number; readonly canBeOff: boolean } | null;
};

const FLASH_LEVELS: readonly Effort[] = ['minimal', 'low', 'medium', 'high'];

/**
 * By the tables of https://ai.google.dev/gemini-api/docs/thinking. A name without a number, such as
 * `gemini-flash-latest` or a tuned model's, is taken for one of the newest.
 */
export function generationOf(model: string): ModelGeneration {
  const version = /gemini-(?:[a-z]+-)*?(\d+(?:\.\d+)?)/.exec(model)?.[1];
  const number = version === undefined ? Number.POSITIVE_INFINITY : Number(version);
  const isPro = /\bpro\b/.test(model);
  if (number >= 3) {
    const levels = isPro ? proLevels(number) : FLASH_LEVELS;
    return { isThird: true, levels, budget: null };
  }
  return { isThird: false, levels: [], budget: number >= 2.5 ? budgets(model, isPro) : null };
}

/** Gemini 3 Pro knows no medium; none of the Pro models thinks as little as `minimal`. */
function proLevels(version: number): readonly Effort[] {
  return version === 3 ? ['low', 'high'] : ['low', 'medium', 'high'];
}

function budgets(model: string, isPro: boolean): ModelGeneration['budget'] {
  if (isPro) return { min: 128, max: 32_768, canBeOff: false };
  return { min: model.includes('lite') ? 512 : 1, max: 24_576, canBeOff: true };
}
