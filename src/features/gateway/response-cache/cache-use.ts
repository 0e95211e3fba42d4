import type { ModelRequestDetails } from '#governance/audit/record';
import type { TokenUsage } from '../usage.ts';
import type { ResponseCacheConfig } from './cache-config.ts';

/** What the cache had to do with an answer. */
export type CacheUse = { readonly result: 'miss' } | CacheHit;

export type CacheHit = {
  readonly result: 'hit';
  /** Of the request that the upstream answered. */
  readonly ofRequest: string;
  readonly ageSeconds: number;
  readonly price: ResponseCacheConfig['price'];
};

export const CACHE_HEADER = 'x-systemprompt-cache';

export function isFree(use: CacheUse | null): boolean {
  return use?.result === 'hit' && use.price === 'zero';
}

/** As `ai_requests.details` has it; `usage` is what the upstream counted when it was asked. */
export function cacheDetails(use: CacheUse, usage: TokenUsage): NonNullable<ModelRequestDetails['cache']> {
  if (use.result === 'miss') return { result: 'miss' };
  return {
    result: 'hit',
    of_request: use.ofRequest,
    age_s: use.ageSeconds,
    usage: {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cache_read_tokens: usage.cacheReadTokens,
      cache_write_5m_tokens: usage.cacheWrite5mTokens,
      cache_write_1h_tokens: usage.cacheWrite1hTokens,
      reasoning_tokens: usage.reasoningTokens,
    },
  };
}
