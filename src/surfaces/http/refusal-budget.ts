import type { Clock } from '#foundation/time';

/**
 * How many refused authentications are written down. A stranger without a credential must not be able to fill the
 * journal and so stop everyone, therefore each address has a budget a minute; what exceeds it is still refused and
 * still counted in `/metrics`, only not recorded one by one.
 */
export type RefusalBudget = { take(address: string): boolean };

const RECORDED_PER_MINUTE_MAX = 60;
const ADDRESSES_MAX = 10_000;
const WINDOW_MS = 60_000;

export function createRefusalBudget(clock: Clock): RefusalBudget {
  const windows = new Map<string, { startedMs: number; taken: number }>();
  return {
    take(address) {
      const nowMs = clock.monotonicMs();
      const window = windows.get(address);
      if (window === undefined || nowMs - window.startedMs >= WINDOW_MS) {
        windows.delete(address);
        forgetOldest(windows);
        windows.set(address, { startedMs: nowMs, taken: 1 });
        return true;
      }
      window.taken += 1;
      return window.taken <= RECORDED_PER_MINUTE_MAX;
    },
  };
}

function forgetOldest(windows: Map<string, unknown>): void {
  if (windows.size < ADDRESSES_MAX) return;
  const [oldest] = windows.keys();
  if (oldest !== undefined) windows.delete(oldest);
}
