import { type Nanodollars, nanodollarsPerToken } from '#foundation/money';
import type { PricingConfig } from './config.ts';
import type { TokenUsage } from './usage.ts';

/** Nanodollars for one token of each kind. */
export type TokenRates = {
  readonly input: Nanodollars;
  readonly output: Nanodollars;
  readonly cacheRead: Nanodollars;
  readonly cacheWrite5m: Nanodollars;
  readonly cacheWrite1h: Nanodollars;
};

export type TokenPrice = {
  readonly rates: TokenRates;
  /** Rates for the whole request once its prompt, cached parts included, is longer; shortest first. */
  readonly longPrompt: readonly { readonly abovePromptTokens: number; readonly rates: TokenRates }[];
  /** For one search by the upstream's own tool; null when unknown. */
  readonly webSearch: Nanodollars | null;
};

/** Dollars per million tokens, the cache prices optional. */
export type DollarRates = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite5m?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
};

/**
 * Whole rates. What is left out follows Anthropic's published multiples of the input price: reading a tenth, writing
 * 1.25 times for five minutes and twice for an hour (https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching).
 */
export function tokenRates(dollars: DollarRates): TokenRates {
  return {
    input: nanodollarsPerToken(dollars.input),
    output: nanodollarsPerToken(dollars.output),
    cacheRead: nanodollarsPerToken(dollars.cacheRead ?? dollars.input * 0.1),
    cacheWrite5m: nanodollarsPerToken(dollars.cacheWrite5m ?? dollars.input * 1.25),
    cacheWrite1h: nanodollarsPerToken(dollars.cacheWrite1h ?? dollars.input * 2),
  };
}

export function priceOfConfig(pricing: PricingConfig): TokenPrice {
  const rates = tokenRates({
    input: pricing.input_per_million,
    output: pricing.output_per_million,
    cacheRead: pricing.cache_read_per_million,
    cacheWrite5m: pricing.cache_write_per_million,
    cacheWrite1h: pricing.cache_write_1h_per_million,
  });
  return { rates, longPrompt: [], webSearch: null };
}

/** Undefined when the upstream reported no tokens, or something that this price does not cover. */
export function costOf(price: TokenPrice, usage: TokenUsage): Nanodollars | undefined {
  if (usage.inputTokens === null && usage.outputTokens === null) return undefined;
  if (usage.webSearches > 0 && price.webSearch === null) return undefined;
  const promptTokens =
    (usage.inputTokens ?? 0) +
    (usage.cacheReadTokens ?? 0) +
    (usage.cacheWrite5mTokens ?? 0) +
    (usage.cacheWrite1hTokens ?? 0);
  const rates = ratesFor(price, promptTokens);
  return (
    times(usage.inputTokens, rates.input) +
    times(usage.outputTokens, rates.output) +
    times(usage.cacheReadTokens, rates.cacheRead) +
    times(usage.cacheWrite5mTokens, rates.cacheWrite5m) +
    times(usage.cacheWrite1hTokens, rates.cacheWrite1h) +
    times(usage.webSearches, price.webSearch ?? 0n)
  );
}

function ratesFor(price: TokenPrice, promptTokens: number): TokenRates {
  return price.longPrompt.findLast((tier) => promptTokens > tier.abovePromptTokens)?.rates ?? price.rates;
}

function times(tokens: number | null, rate: Nanodollars): Nanodollars {
  return BigInt(tokens ?? 0) * rate;
}
