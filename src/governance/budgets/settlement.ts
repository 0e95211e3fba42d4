import type { OutcomeRecord } from '../audit/record.ts';
import type { ModelUse } from '../policy/call.ts';
import { type Amounts, NOTHING } from './amounts.ts';

/** For an answer of which nobody says how long it may be. */
const OUTPUT_TOKENS_ASSUMED = 8_192;
const AMOUNT_MAX = 1e12;
const NANODOLLARS_PER_MICRODOLLAR = 1_000n;

/** What is reserved for a request: the most that it may use. */
export function estimateOf(use: ModelUse): Amounts {
  const nanodollars = use.costNanodollarsMax ?? 0n;
  return {
    requests: 1,
    inputTokens: wholeAmount(use.inputTokens),
    outputTokens: wholeAmount(use.outputTokensMax ?? OUTPUT_TOKENS_ASSUMED),
    microdollars: wholeAmount(Number((nanodollars + NANODOLLARS_PER_MICRODOLLAR - 1n) / NANODOLLARS_PER_MICRODOLLAR)),
  };
}

/**
 * What a request used. Where its outcome does not say, the estimate stands; a request that failed before anything was
 * answered used nothing, and was a request.
 */
export function actualOf({ effect }: Pick<OutcomeRecord, 'effect'>, estimate: Amounts): Amounts {
  if (effect === null || effect.type !== 'model_request') return estimate;
  const fallback = effect.http_status >= 400 ? NOTHING : estimate;
  const input = [
    effect.input_tokens,
    effect.cache_read_tokens,
    effect.cache_write_5m_tokens,
    effect.cache_write_1h_tokens,
  ];
  const isInputKnown = input.some((tokens) => tokens !== null);
  return {
    requests: 1,
    inputTokens: isInputKnown ? input.reduce<number>((sum, tokens) => sum + (tokens ?? 0), 0) : fallback.inputTokens,
    outputTokens: effect.output_tokens ?? fallback.outputTokens,
    microdollars: effect.cost_microdollars ?? fallback.microdollars,
  };
}

function wholeAmount(amount: number): number {
  return Math.min(AMOUNT_MAX, Math.max(0, Math.ceil(amount)));
}
