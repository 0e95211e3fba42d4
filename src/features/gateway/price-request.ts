import { type Picodollars, roundToMicrodollars } from '#foundation/money';
import type { KnownPrices } from './known-prices.ts';
import type { RouteTarget } from './model-route.ts';
import { listedModel } from './provider.ts';
import { costOf, priceOfConfig, type TokenPrice } from './token-price.ts';
import type { TokenUsage } from './usage.ts';

export type RequestCost = {
  /** Null when it is not known; never zero for want of a price. */
  readonly costMicrodollars: number | null;
  /**
   * `route:<id>`, `provider:<name>/<model>`, `provider:<name>`, `prices:<provider>/<model>`, `genai-prices:<entry>` or
   * `cache`; how loosely it matched stands behind it in brackets.
   */
  readonly priceSource: string | null;
};

type Priced = { readonly price: TokenPrice; readonly source: string; readonly isList: boolean };

/** The cost of what was used; `models` are the names to look for, the served one first. */
export function priceRequest(
  route: RouteTarget,
  models: readonly (string | null)[],
  usage: TokenUsage,
  known: KnownPrices,
): RequestCost {
  const names = models.filter((model) => model !== null);
  const priced = findPrice(route, names, known);
  if (priced === undefined || (priced.isList && !usage.atListPrice)) return UNKNOWN_COST;
  const own = costOf(priced.price, usage);
  const all = usage.others.reduce<Picodollars | undefined>((sum, other) => {
    const price = findPrice(route, [other.model], known);
    const cost = price === undefined ? undefined : costOf(price.price, other.usage);
    return sum === undefined || cost === undefined ? undefined : sum + cost;
  }, own);
  if (all === undefined) return UNKNOWN_COST;
  return { costMicrodollars: roundToMicrodollars(all), priceSource: priced.source };
}

export const UNKNOWN_COST: RequestCost = { costMicrodollars: null, priceSource: null };

/** Of an answer that no upstream was asked for. */
export const CACHED_COST: RequestCost = { costMicrodollars: 0, priceSource: 'cache' };

/** The route's own price, else the registered model's, the provider's, the organisation's list, the list price. */
export function findPrice(route: RouteTarget, models: readonly string[], known: KnownPrices): Priced | undefined {
  const { provider } = route;
  if (route.pricing !== undefined) {
    return { price: priceOfConfig(route.pricing), source: `route:${route.id}`, isList: false };
  }
  for (const name of models) {
    const model = listedModel(provider, name) ?? provider.models.find((candidate) => candidate.upstream_model === name);
    if (model?.pricing !== undefined) {
      return { price: priceOfConfig(model.pricing), source: `provider:${provider.name}/${model.id}`, isList: false };
    }
  }
  if (provider.pricing !== undefined) {
    return { price: priceOfConfig(provider.pricing), source: `provider:${provider.name}`, isList: false };
  }
  for (const name of models) {
    const found = known.findOwn([provider.name, provider.priceId], name);
    if (found !== undefined) return { ...found, isList: false };
  }
  for (const name of models) {
    const found = known.find(provider.priceId, route.endpoint, name);
    if (found !== undefined) return { price: found.price, source: `genai-prices:${found.source}`, isList: true };
  }
  return undefined;
}
