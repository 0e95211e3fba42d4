import type { Clock } from '#foundation/time';

export type ManualClock = Clock & {
  /** Turns the hands forward and runs what falls due, in order. */
  advance(milliseconds: number): void;
  /** Steps the wall clock alone, as an operator or NTP does. */
  stepWall(milliseconds: number): void;
};

/** A clock that stands still until a test turns it. */
export function createManualClock(startMs = 1_800_000_000_000): ManualClock {
  let elapsedMs = 0;
  let wallOffsetMs = startMs;
  let order = 0;
  const timers = new Map<number, { dueMs: number; action: () => void }>();

  function nextDue(limitMs: number): [number, { dueMs: number; action: () => void }] | undefined {
    let best: [number, { dueMs: number; action: () => void }] | undefined;
    for (const entry of timers) {
      if (entry[1].dueMs <= limitMs && (best === undefined || entry[1].dueMs < best[1].dueMs)) best = entry;
    }
    return best;
  }

  return {
    nowMs: () => Math.floor(wallOffsetMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    after(delayMs, action) {
      const id = order++;
      timers.set(id, { dueMs: elapsedMs + Math.max(0, delayMs), action });
      return () => timers.delete(id);
    },
    advance(milliseconds) {
      const endMs = elapsedMs + milliseconds;
      for (let due = nextDue(endMs); due !== undefined; due = nextDue(endMs)) {
        timers.delete(due[0]);
        elapsedMs = Math.max(elapsedMs, due[1].dueMs);
        due[1].action();
      }
      elapsedMs = endMs;
    },
    stepWall(milliseconds) {
      wallOffsetMs += milliseconds;
    },
  };
}
