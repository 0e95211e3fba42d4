import type { Clock } from '#foundation/time';
import type { ModelRoute } from '../model-route.ts';
import { createResponseCache, type ResponseCache } from './response-cache.ts';

export type RouteCaches = {
  /** Undefined for a route that caches nothing. */
  of(route: ModelRoute): ResponseCache | undefined;
};

/**
 * A cache for each route as it stands in the table in force. An edit of the configuration makes a new table, and what
 * was answered under the old one goes with it.
 */
export function createRouteCaches(clock: Clock): RouteCaches {
  const caches = new WeakMap<ModelRoute, ResponseCache>();
  return {
    of(route) {
      if (route.cache === undefined) return undefined;
      const known = caches.get(route);
      if (known !== undefined) return known;
      const cache = createResponseCache(route.cache, clock);
      caches.set(route, cache);
      return cache;
    },
  };
}
