import type { Clock } from '#foundation/time';
import type { ModelRoute } from '../model-route.ts';
import type { CacheUse } from './cache-use.ts';
import { createResponseCache, type ResponseCache } from './response-cache.ts';

export type RouteCaches = {
  /** Undefined for a route that caches nothing. */
  of(route: ModelRoute): ResponseCache | undefined;
  count(result: CacheUse['result']): void;
  status(routes: readonly ModelRoute[]): CacheStatus;
};

/** What the caches of the routes in force hold, and how often any cache was asked since the start. */
export type CacheStatus = {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
};

/**
 * A cache for each route as it stands in the table in force. An edit of the configuration makes a new table, and what
 * was answered under the old one goes with it.
 */
export function createRouteCaches(clock: Clock): RouteCaches {
  const caches = new WeakMap<ModelRoute, ResponseCache>();
  let hits = 0;
  let misses = 0;
  return {
    of(route) {
      if (route.cache === undefined) return undefined;
      const known = caches.get(route);
      if (known !== undefined) return known;
      const cache = createResponseCache(route.cache, clock);
      caches.set(route, cache);
      return cache;
    },
    count(result) {
      if (result === 'hit') hits++;
      else misses++;
    },
    status(routes) {
      const sizes = routes.map((route) => caches.get(route)?.size() ?? { entries: 0, bytes: 0 });
      const entries = sizes.reduce((sum, size) => sum + size.entries, 0);
      const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
      return { entries, bytes, hits, misses };
    },
  };
}
