import { type Picodollars, picodollarsPerToken } from '#foundation/money';
import type { PricingConfig } from './pricing-config.ts';
import type { TokenUsage } from './usage.ts';

/** Picodollars for one token of each kind. */
export type TokenRates = {
  readonly input: Picodollars;
  readonly output: Picodollars;
  readonly cacheRead: Picodollars;
  readonly cacheWrite5m: Picodollars;
  readonly cacheWrite1h: Picodollars;
  readonly reasoning: Picodollars;
  readonly audioInput: Picodollars;
  readonly audioOutput: Picodollars;
  readonly imageOutput: Picodollars;
};

export type TokenPrice = {
  readonly rates: TokenRates;
  /** Rates for the whole request once its prompt, cached parts included, is longer; shortest first. */
  readonly longPrompt: readonly { readonly abovePromptTokens: number; readonly rates: TokenRates }[];
  /** For one search by the upstream's own tool; null when unknown. */
  readonly webSearch: Picodollars | null;
  /** For one generated image that no tokens count; null when unknown. */
  readonly image: Picodollars | null;
  /** What tokens cost in a service tier, in thousandths of the rates. */
  readonly tierThousandths: Readonly<Record<string, number>>;
};

/** Dollars per million tokens; what is left out follows from the two that are not. */
export type DollarRates = {
  readonly input: number;
  readonly output: number;
} & { readonly [kind in Exclude<keyof TokenRates, 'input' | 'output'>]?: number | undefined };

/** Half price for who can wait: https://platform.openai.com/docs/guides/flex-processing, and batches of every provider. */
export const KNOWN_TIER_THOUSANDTHS: TokenPrice['tierThousandths'] = { flex: 500, batch: 500 };

/**
 * Whole rates. What is left out follows Anthropic's published multiples of the input price: reading a tenth, writing
 * 1.25 times for five minutes and twice for an hour (https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching).
 */
export function tokenRates(dollars: DollarRates): TokenRates {
  const { input, output } = dollars;
  return {
    input: picodollarsPerToken(input),
    output: picodollarsPerToken(output),
    cacheRead: picodollarsPerToken(dollars.cacheRead ?? input * 0.1),
    cacheWrite5m: picodollarsPerToken(dollars.cacheWrite5m ?? input * 1.25),
    cacheWrite1h: picodollarsPerToken(dollars.cacheWrite1h ?? input * 2),
    reasoning: picodollarsPerToken(dollars.reasoning ?? output),
    audioInput: picodollarsPerToken(dollars.audioInput ?? input),
    audioOutput: picodollarsPerToken(dollars.audioOutput ?? output),
    imageOutput: picodollarsPerToken(dollars.imageOutput ?? output),
  };
}

type RatesConfig = Pick<PricingConfig, Extract<keyof PricingConfig, `${string}_per_million`>>;

export function priceOfConfig(pricing: PricingConfig): TokenPrice {
  const { web_search_per_thousand: searches, per_image_cents: image, long_prompt = [], service_tiers = {} } = pricing;
  const own = Object.entries(service_tiers).map(([tier, times]) => [tier, Math.round(times * 1_000)]);
  return {
    rates: configuredRates(pricing),
    longPrompt: [...long_prompt]
      .sort((left, right) => left.above_prompt_tokens - right.above_prompt_tokens)
      .map((tier) => ({ abovePromptTokens: tier.above_prompt_tokens, rates: configuredRates(tier) })),
    webSearch: searches === undefined ? null : perSearch(searches),
    image: image === undefined ? null : perImage(image),
    tierThousandths: { ...KNOWN_TIER_THOUSANDTHS, ...Object.fromEntries(own) },
  };
}

/** Picodollars for one image, from cents. */
function perImage(cents: number): Picodollars {
  return BigInt(Math.round(cents * 10_000_000_000));
}

/** Picodollars for one search, from dollars per thousand. */
export function perSearch(dollarsPerThousand: number): Picodollars {
  return BigInt(Math.round(dollarsPerThousand * 1_000_000_000));
}

function configuredRates(config: RatesConfig): TokenRates {
  return tokenRates({
    input: config.input_per_million,
    output: config.output_per_million,
    cacheRead: config.cache_read_per_million,
    cacheWrite5m: config.cache_write_per_million,
    cacheWrite1h: config.cache_write_1h_per_million,
    reasoning: config.reasoning_per_million,
    audioInput: config.audio_input_per_million,
    audioOutput: config.audio_output_per_million,
    imageOutput: config.image_output_per_million,
  });
}

/** Undefined when the upstream reported no tokens, or something that this price does not cover. */
export function costOf(price: TokenPrice, usage: TokenUsage): Picodollars | undefined {
  if (usage.inputTokens === null && usage.outputTokens === null) return undefined;
  if (usage.webSearches > 0 && price.webSearch === null) return undefined;
  if (usage.generatedImages > 0 && price.image === null) return undefined;
  const thousandths = usage.serviceTier === null ? 1_000 : price.tierThousandths[usage.serviceTier];
  if (thousandths === undefined) return undefined;
  const tokens = tokenCost(ratesFor(price, usage), usage);
  const tools = times(usage.webSearches, price.webSearch ?? 0n) + times(usage.generatedImages, price.image ?? 0n);
  return (tokens * BigInt(thousandths)) / 1_000n + tools;
}

function ratesFor(price: TokenPrice, usage: TokenUsage): TokenRates {
  const promptTokens =
    (usage.inputTokens ?? 0) +
    (usage.cacheReadTokens ?? 0) +
    (usage.cacheWrite5mTokens ?? 0) +
    (usage.cacheWrite1hTokens ?? 0);
  return price.longPrompt.findLast((tier) => promptTokens > tier.abovePromptTokens)?.rates ?? price.rates;
}

function tokenCost(rates: TokenRates, usage: TokenUsage): Picodollars {
  const [soundIn, plainInput] = taken(usage.inputTokens, usage.audioInputTokens);
  const [reasoning, spoken] = taken(usage.outputTokens, usage.reasoningTokens);
  const [soundOut, shown] = taken(spoken, usage.audioOutputTokens);
  const [images, plainOutput] = taken(shown, usage.imageOutputTokens);
  return (
    times(plainInput, rates.input) +
    times(soundIn, rates.audioInput) +
    times(plainOutput, rates.output) +
    times(reasoning, rates.reasoning) +
    times(soundOut, rates.audioOutput) +
    times(images, rates.imageOutput) +
    times(usage.cacheReadTokens, rates.cacheRead) +
    times(usage.cacheWrite5mTokens, rates.cacheWrite5m) +
    times(usage.cacheWrite1hTokens, rates.cacheWrite1h)
  );
}

/** A part of a count, never more than all of it, and what it leaves. */
function taken(all: number | null, part: number | null): readonly [number, number] {
  const most = Math.min(part ?? 0, all ?? 0);
  return [most, (all ?? 0) - most];
}

function times(tokens: number | null, rate: Picodollars): Picodollars {
  return BigInt(tokens ?? 0) * rate;
}
