import { isJsonObject, valueAtPath } from '#foundation/json';
import { ceilToNanodollars, type Nanodollars } from '#foundation/money';
import type { ModelUse } from '#governance/policy/call';
import { estimateTokens } from './estimate-tokens.ts';
import type { KnownPrices } from './known-prices.ts';
import type { ModelRequest } from './model-request.ts';
import { findPrice } from './price-request.ts';
import type { Candidate, RoutePlan } from './route-plan.ts';
import { costOf } from './token-price.ts';
import { NO_USAGE } from './usage.ts';

/** For an answer of which nobody says how long it may be. */
const OUTPUT_TOKENS_ASSUMED = 8_192;

/**
 * What a request would use at its first upstream, as much as may be known before it is sent. Null for what is never
 * paid for: counting tokens.
 */
export function modelUse({ id, candidates }: RoutePlan, request: ModelRequest, prices: KnownPrices): ModelUse | null {
  if (request.door.operation === 'count_tokens') return null;
  const [candidate] = candidates;
  const inputTokens = estimateTokens(request);
  const outputTokensMax = outputLimit(candidate, request);
  return {
    route: id,
    provider: candidate.route.provider.name,
    upstreamModel: candidate.upstreamModel,
    inputTokens,
    outputTokensMax,
    costNanodollarsMax: costAtMost(candidate, request, inputTokens, outputTokensMax ?? OUTPUT_TOKENS_ASSUMED, prices),
  };
}

function outputLimit({ limits }: Candidate, { door, body, outline }: ModelRequest): number | null {
  if (door.operation === 'embed') return 0;
  const path = outline.maxOutputTokensPath;
  const asked = path === null || !isJsonObject(body) ? undefined : valueAtPath(body, path);
  const cap = limits.maxOutputTokens;
  if (typeof asked !== 'number' || asked < 0) return cap;
  return cap === null ? asked : Math.min(asked, cap);
}

function costAtMost(
  { route, upstreamModel }: Candidate,
  request: ModelRequest,
  inputTokens: number,
  outputTokens: number,
  prices: KnownPrices,
): Nanodollars | null {
  const priced = findPrice(route, [upstreamModel, request.outline.model], prices);
  if (priced === undefined) return null;
  const cost = costOf(priced.price, { ...NO_USAGE, inputTokens, outputTokens: Math.ceil(outputTokens) });
  return cost === undefined ? null : ceilToNanodollars(cost);
}
