import { calcPrice, type ModelPrice, type PriceCalculation } from '@pydantic/genai-prices';
import type { Clock } from '#foundation/time';
import { type DollarRates, type TokenPrice, tokenRates } from './token-price.ts';

export type KnownPrice = {
  readonly price: TokenPrice;
  /** The entry that matched, and how: `claude-sonnet-4-5`, or `claude-sonnet-4-5 (prefix)` for a looser match. */
  readonly source: string;
};

/** List prices shipped with the program: no request leaves for them. */
export type KnownPrices = {
  find(provider: string, endpoint: string | undefined, model: string): KnownPrice | undefined;
};

const REMEMBERED_MAX = 1_000;
/** Some list prices begin on a date, so an answer is not kept for ever. */
const REMEMBERED_MS = 3_600_000;

export function createKnownPrices(clock: Clock): KnownPrices {
  const remembered = new Map<string, { found: KnownPrice | undefined; untilMs: number }>();
  return {
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
  const isExact = model.startsWith(match.model.id) && /^(-\d{8})?$/.test(model.slice(match.model.id.length));
  return { price, source: isExact ? match.model.id : `${match.model.id} (prefix)` };
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
    webSearch: typeof searches === 'number' ? BigInt(Math.round(searches * 1_000_000)) : null,
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
  };
}
