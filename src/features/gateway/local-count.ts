import type { Reply } from '#foundation/http/exchange';
import { writeCountTokens } from './dialects/gemini/count-tokens.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { ModelRequest } from './model-request.ts';
import { hasOperation, type RoutePlan } from './route-plan.ts';

/**
 * The size of a prompt whose upstream speaks another dialect than the client, or does not count: an estimate, and marked
 * as one, for a client that would otherwise not know when to shorten its conversation. Undefined where the upstream counts itself.
 */
export function countedLocally({ candidates }: RoutePlan, request: ModelRequest): Reply | undefined {
  const { operation, dialect } = request.door;
  const [first] = candidates;
  if (operation !== 'count_tokens') return undefined;
  const isSpoken = first.wire === dialect.wire;
  if (isSpoken && (first.route.provider.platform === undefined || hasOperation(first, request))) return undefined;
  const tokens = estimateTokens(request);
  return {
    status: 200,
    headers: { 'x-systemprompt-token-count': 'estimated' },
    json: dialect.wire === 'gemini' ? writeCountTokens(tokens) : { input_tokens: tokens },
  };
}
