/**
 * When the counted calls of one key were made: a ring of times, oldest first, that grows with use. Exact: a call made
 * at `t` counts from `t` until just before `t + window`.
 */
export type CallTimes = {
  ring: Float64Array;
  head: number;
  count: number;
};

const RING_SIZE_MIN = 4;

export function createCallTimes(): CallTimes {
  return { ring: new Float64Array(RING_SIZE_MIN), head: 0, count: 0 };
}

/** Adds a call; `atMs` is never before the last one added. */
export function addCall(times: CallTimes, atMs: number): void {
  if (times.count === times.ring.length) grow(times);
  times.ring[(times.head + times.count) % times.ring.length] = atMs;
  times.count++;
}

/** Forgets what has left the window, and says how many calls are still counted. */
export function countCalls(times: CallTimes, nowMs: number, windowMs: number): number {
  const { ring } = times;
  while (times.count > 0 && (ring[times.head] ?? 0) + windowMs <= nowMs) {
    times.head = (times.head + 1) % ring.length;
    times.count--;
  }
  return times.count;
}

/** Milliseconds until fewer than `limit` of the counted calls are left in the window; `countCalls` came before. */
export function msUntilBelow(times: CallTimes, limit: number, nowMs: number, windowMs: number): number {
  if (times.count < limit) return 0;
  // With `limit` at 0 no wait helps, so the whole window is named.
  if (limit <= 0) return windowMs;
  const lastToLeave = times.count - limit;
  const atMs = times.ring[(times.head + lastToLeave) % times.ring.length] ?? nowMs;
  return Math.max(1, Math.ceil(atMs + windowMs - nowMs));
}

function grow(times: CallTimes): void {
  const { ring, head, count } = times;
  const larger = new Float64Array(ring.length * 2);
  for (let index = 0; index < count; index++) larger[index] = ring[(head + index) % ring.length] ?? 0;
  times.ring = larger;
  times.head = 0;
}
