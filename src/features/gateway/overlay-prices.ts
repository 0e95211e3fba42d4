import { globMatches } from '#foundation/text';
import type { PriceConfig } from './pricing-config.ts';
import { priceOfConfig, type TokenPrice } from './token-price.ts';

export type OverlayPrice = { readonly price: TokenPrice; readonly source: string };

/**
 * The price that the organisation's own list gives a model of a provider on a day: of the names that match the one with
 * the most letters, and of its prices the last that holds already.
 */
export function findOverlayPrice(
  prices: readonly PriceConfig[],
  provider: string,
  model: string,
  nowMs: number,
): OverlayPrice | undefined {
  let best: PriceConfig | undefined;
  for (const candidate of prices) {
    if (startOf(candidate) > nowMs) continue;
    if (!globMatches(candidate.provider, provider) || !globMatches(candidate.model, model)) continue;
    if (best === undefined || !isBefore(candidate, best)) best = candidate;
  }
  if (best === undefined) return undefined;
  const kind = best.model.includes('*') ? ' (pattern)' : '';
  return { price: priceOfConfig(best), source: `prices:${best.provider}/${best.model}${kind}` };
}

/** Whether `left` gives way to `right`. */
function isBefore(left: PriceConfig, right: PriceConfig): boolean {
  const difference = fullnessOf(left) - fullnessOf(right);
  return difference < 0 || (difference === 0 && startOf(left) < startOf(right));
}

/** The model's name counts before the provider's; a whole name is fuller than any pattern. */
function fullnessOf({ provider, model }: PriceConfig): number {
  return lettersOf(model) * 1_000 + lettersOf(provider);
}

function lettersOf(pattern: string): number {
  const letters = pattern.replaceAll('*', '').length;
  return pattern.includes('*') ? letters : letters + 0.5;
}

function startOf({ valid_from }: PriceConfig): number {
  return valid_from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(`${valid_from}T00:00:00Z`);
}
