import type { Losses } from '#features/gateway/conversation/losses';
import type { CacheMarker } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { noteBeyond, objectAt, type Place } from './request-place.ts';

export function readCacheMarker(block: JsonObject, { at, beyond }: Place): CacheMarker | null {
  const control = objectAt(block, 'cache_control', at);
  if (control === undefined) return null;
  const markerAt = `${at}.cache_control`;
  noteBeyond(control, new Set(['type', 'ttl']), { at: markerAt, beyond });
  return { value: { ttl: control.ttl === '1h' ? '1h' : '5m' }, at: markerAt };
}

/** Writes the markers of one request in the order of its prefix: tools, system, messages. */
export type CacheMarkerWriter = {
  /** What goes beside the other members of a block: `cache_control`, or nothing. */
  members(marker: CacheMarker | null): JsonObject;
  /** Counts one that stands in a value which is passed on as it is. */
  counted(): void;
};

/** A fifth marker makes the Messages API refuse the request. */
const MARKERS_MAX = 4;

export function createCacheMarkerWriter(losses: Losses): CacheMarkerWriter {
  let count = 0;
  return {
    members(marker) {
      if (marker === null) return {};
      if (count >= MARKERS_MAX) {
        losses.drop(marker.at);
        return {};
      }
      count += 1;
      const { ttl } = marker.value;
      return { cache_control: ttl === '1h' ? { type: 'ephemeral', ttl } : { type: 'ephemeral' } };
    },
    counted() {
      count += 1;
    },
  };
}
