import { calcPrice, type ModelPrice, type PriceCalculation } from '@pydantic/genai-prices';
import type { Clock } from '#foundation/time';
import { findOverlayPrice, type OverlayPrice } from './overlay-prices.ts';
import type { PriceConfig } from './pricing-config.ts';
import { type DollarRates, KNOWN_TIER_THOUSANDTHS, perSearch, type TokenPrice, tokenRates } from './token-price.ts';

export type KnownPrice = {
  readonly price: TokenPrice;
  /**
   * The entry that matched, and how: `claude-sonnet-4-5`; `claude-sonnet-4-5 (dated)` when the name asked for ends in a
   * date that the entry leaves out, `(prefix)` for a looser match.
   */
  readonly source: string;
};

/** The organisation's prices, and the list prices shipped with the program: no request leaves for them. */
export type KnownPrices = {
  /** By the names of the provider, the first that has one. */
  findOwn(providers: readonly string[], model: string): OverlayPrice | undefined;
  find(provider: string, endpoint: string | undefined, model: string): KnownPrice | undefined;
};

const REMEMBERED_MAX = 1_000;
/** Some list prices begin on a date, so an answer is not kept for ever. */
const REMEMBERED_MS = 3_600_000;

export function createKnownPrices(clock: Clock, own: () => readonly PriceConfig[]): KnownPrices {
  const remembered = new Map<string, { found: KnownPrice | undefined; untilMs: number }>();
  return {
    findOwn(providers, model) {
      const prices = own();
      if (prices.length === 0) return undefined;
      for (const provider of providers) {
        const found = findOverlayPrice(prices, provider, model, clock.nowMs());
        if (found !== undefined) return found;
      }
      return undefined;
    },
    find(provider, endpoint, model) {
      const key = `${provider}\n${endpoint ?? ''}\n${model}`;
      const nowMs = clock.nowMs();
      const entry = remembered.get(key);
      if (entry !== undefined && nowMs < entry.untilMs) return entry.found;
      const found = lookUp(provider, endpoint, model, new Date(nowMs));
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(key, { found, untilMs: nowMs + REMEMBERED_MS });
      return found;
    },
  };
}

function lookUp(
  provider: string,
  endpoint: string | undefined,
  model: string,
  timestamp: Date,
): KnownPrice | undefined {
  const match =
    calculate(model, { providerId: provider, timestamp }) ??
    (endpoint === undefined ? undefined : calculate(model, { providerApiUrl: endpoint, timestamp }));
  const price = match === undefined ? undefined : priceOf(match.model_price);
  if (match === undefined || price === undefined) return undefined;
  return { price, source: `${match.model.id}${looseness(model, match.model.id)}` };
}

function looseness(model: string, entry: string): string {
  if (model === entry) return '';
  const rest = model.startsWith(entry) ? model.slice(entry.length) : '';
  return /^-(\d{8}|\d{4}-\d{2}-\d{2})$/.test(rest) ? ' (dated)' : ' (prefix)';
}

function calculate(model: string, options: Parameters<typeof calcPrice>[2]): PriceCalculation | undefined {
  try {
    return calcPrice({ input_tokens: 1 }, model, options) ?? undefined;
  } catch {
    // A price list that cannot be read is an unknown price, never a failed request.
    return undefined;
  }
}

function priceOf(list: ModelPrice): TokenPrice | undefined {
  const base = dollarRates(list, 0);
  if (base === undefined) return undefined;
  const starts = new Set(
    Object.values(list)
      .flatMap((entry) => (typeof entry === 'object' ? entry.tiers : []))
      .map((tier) => tier.start),
  );
  const longPrompt = [...starts]
    .sort((left, right) => left - right)
    .flatMap((start) => {
      const rates = dollarRates(list, start + 1);
      return rates === undefined ? [] : [{ abovePromptTokens: start, rates: tokenRates(rates) }];
    });
  const searches = list.web_searches_kcount;
  return {
    rates: tokenRates(base),
    longPrompt,
    webSearch: typeof searches === 'number' ? perSearch(searches) : null,
    image: null,
    tierThousandths: KNOWN_TIER_THOUSANDTHS,
  };
}

function dollarRates(list: ModelPrice, promptTokens: number): DollarRates | undefined {
  const at = (key: string): number | undefined => {
    const entry = list[key];
    if (typeof entry !== 'object') return entry;
    return entry.tiers.findLast((tier) => promptTokens > tier.start)?.price ?? entry.base;
  };
  const input = at('input_mtok');
  const output = at('output_mtok');
  if (input === undefined || output === undefined) return undefined;
  return {
    input,
    output,
    cacheRead: at('cache_read_mtok'),
    cacheWrite5m: at('cache_write_mtok'),
    cacheWrite1h: at('cache_write_1h_mtok'),
    audioInput: at('input_audio_mtok'),
    audioOutput: at('output_audio_mtok'),
    imageOutput: at('output_image_mtok'),
  };
}
