import type { Losses } from '#features/gateway/conversation/losses';
import type { CacheMarker } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject } from '#foundation/json';
import { memberAt, noteBeyond, type Place } from './request-place.ts';

/** Members that mark a part, of OpenAI itself and of the routers that follow the Messages API. */
export const MARKER_MEMBERS = ['prompt_cache_breakpoint', 'cache_control'] as const;

/**
 * `prompt_cache_breakpoint: {mode, ttl}` or `cache_control: {type, ttl}`. A lifetime that is not told is the shorter
 * one, which costs least everywhere; thirty minutes and more are one hour.
 */
export function readCacheMarker(object: JsonObject, { at, beyond }: Place): CacheMarker | null {
  for (const key of MARKER_MEMBERS) {
    const marker = object[key];
    if (!isJsonObject(marker)) continue;
    const markerAt = memberAt(at, key);
    noteBeyond(marker, new Set(['type', 'mode', 'ttl']), { at: markerAt, beyond });
    const { ttl } = marker;
    if (ttl === '12h') beyond.push(`${markerAt}.ttl`);
    return { value: { ttl: ttl === undefined || ttl === null || ttl === '5m' ? '5m' : '1h' }, at: markerAt };
  }
  return null;
}

/** How an upstream is told where its prompt cache may end; null for one that only finds out by itself. */
export type MarkerForm = 'prompt_cache_breakpoint' | 'cache_control' | null;

/** What goes beside the other members of a part; tells of a marker that the upstream has no place for. */
export function markerMembers(marker: CacheMarker | null, form: MarkerForm, losses: Losses): JsonObject {
  if (marker === null) return {};
  const isLong = marker.value.ttl === '1h';
  switch (form) {
    case null:
      losses.drop(marker.at);
      return {};
    case 'prompt_cache_breakpoint':
      // Kept for thirty minutes at least, and for how much longer is the upstream's affair.
      if (isLong) losses.change(marker.at);
      return { prompt_cache_breakpoint: { mode: 'explicit' } };
    case 'cache_control':
      return { cache_control: isLong ? { type: 'ephemeral', ttl: '1h' } : { type: 'ephemeral' } };
  }
}
