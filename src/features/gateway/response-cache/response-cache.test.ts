import { describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { gatewayConfigSchema } from '../config.ts';
import { UNREAD_MESSAGE } from '../message-tap.ts';
import { compileRoutes } from '../model-route.ts';
import { type ResponseCacheConfig, responseCacheSchema } from './cache-config.ts';
import { type CachedAnswer, createResponseCache } from './response-cache.ts';
import { createRouteCaches } from './route-caches.ts';

function table(cache?: object) {
  const routes = [{ model_pattern: '*', provider: 'mock', ...(cache === undefined ? {} : { cache }) }];
  return compileRoutes(gatewayConfigSchema.parse({ routes }), []);
}

function answer(bytes = 10, requestId = 'request'): CachedAnswer {
  const [route] = table().routes;
  if (route === undefined) throw new Error('no route');
  return {
    requestId,
    candidate: {
      route,
      upstreamModel: 'm',
      wire: 'anthropic',
      limits: { maxOutputTokens: null, maxReasoningTokens: null },
    },
    losses: null,
    message: UNREAD_MESSAGE,
    isStreaming: false,
    headers: {},
    body: Buffer.alloc(bytes),
  };
}

function cacheOf(config: Partial<ResponseCacheConfig>) {
  const clock = createManualClock();
  return { clock, cache: createResponseCache(responseCacheSchema.parse(config), clock) };
}

describe('the answers of one route', () => {
  it('are good until their time is over, to the millisecond', () => {
    const { cache, clock } = cacheOf({ ttl_s: 10 });
    cache.keep('a', answer());
    clock.advance(9_999);
    expect(cache.find('a')?.ageMs).toBe(9_999);
    clock.advance(1);
    expect(cache.find('a')).toBeUndefined();
  });

  it('are not made young again by being asked for', () => {
    const { cache, clock } = cacheOf({ ttl_s: 10 });
    cache.keep('a', answer());
    clock.advance(9_000);
    cache.find('a');
    clock.advance(1_000);
    expect(cache.find('a')).toBeUndefined();
  });

  it('give way to newer ones, the oldest first, when there are too many', () => {
    const { cache } = cacheOf({ entries_max: 2 });
    for (const key of ['a', 'b', 'c']) cache.keep(key, answer());
    expect(['a', 'b', 'c'].map((key) => cache.find(key) !== undefined)).toEqual([false, true, true]);
  });

  it('give way when they take too much memory together', () => {
    const { cache } = cacheOf({ bytes_max: 10_000 });
    for (const key of ['a', 'b', 'c']) cache.keep(key, answer(3_000));
    expect(['a', 'b', 'c'].map((key) => cache.find(key) !== undefined)).toEqual([false, true, true]);
  });

  it('are not pushed out by one that is too large to be kept', () => {
    const { cache } = cacheOf({ bytes_max: 10_000 });
    cache.keep('a', answer());
    cache.keep('b', answer(10_000));
    expect(cache.find('a')).toBeDefined();
    expect(cache.find('b')).toBeUndefined();
  });

  it('replace the one before under the same key, and count it once', () => {
    const { cache } = cacheOf({ bytes_max: 9_000 });
    cache.keep('b', answer());
    for (const id of ['first', 'second', 'third']) cache.keep('a', answer(3_000, id));
    expect(cache.find('a')?.answer.requestId).toBe('third');
    expect(cache.find('b')).toBeDefined();
    cache.forget('a');
    expect(cache.find('a')).toBeUndefined();
  });
});

describe('the caches of routes', () => {
  it('are none for a route that does not ask for one', () => {
    const [route] = table().routes;
    if (route === undefined) throw new Error('no route');
    expect(createRouteCaches(createManualClock()).of(route)).toBeUndefined();
  });

  it('begin anew with every table, so that nothing outlives an edit of the configuration', () => {
    const caches = createRouteCaches(createManualClock());
    const [before, after] = [table({}).routes[0], table({}).routes[0]];
    if (before === undefined || after === undefined) throw new Error('no route');
    caches.of(before)?.keep('a', answer());
    expect(caches.of(before)?.find('a')).toBeDefined();
    expect(caches.of(after)?.find('a')).toBeUndefined();
  });
});
