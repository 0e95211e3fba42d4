import type { Clock } from '#foundation/time';
import { MCP_LIMITS } from '../limits.ts';

/**
 * Counts failures in a row. After the first the next try is free; after that each waits, twice as long as the one
 * before, and what comes earlier is refused at once, so that a broken server costs nothing but the refusals.
 */
export type Breaker = {
  /** Milliseconds until the next try; 0 lets the caller try, and only this one until it has succeeded or failed. */
  waitMs(): number;
  failed(): void;
  succeeded(): void;
  readonly failures: number;
};

export function createBreaker(clock: Clock): Breaker {
  let failures = 0;
  let closedUntilMs = 0;

  function backoffMs(): number {
    if (failures < 2) return 0;
    return Math.min(MCP_LIMITS.backoffMinMs * 2 ** (failures - 2), MCP_LIMITS.backoffMaxMs);
  }

  return {
    waitMs() {
      const waitMs = Math.max(0, closedUntilMs - clock.monotonicMs());
      if (waitMs === 0) closedUntilMs = clock.monotonicMs() + backoffMs();
      return waitMs;
    },
    failed() {
      failures++;
      closedUntilMs = clock.monotonicMs() + backoffMs();
    },
    succeeded() {
      failures = 0;
      closedUntilMs = 0;
    },
    get failures() {
      return failures;
    },
  };
}
