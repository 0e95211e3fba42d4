import type { Clock } from '#foundation/time';
import { LEASE_MS, NEWCOMER_UNITS, SOLO_LEASE_MS, shareOf, TOTAL_UNITS } from './shares.ts';

/**
 * What this process may use of each limit without asking anybody, as far as it knows. The rules that make the sum of
 * all processes right are in `ledger.ts`.
 */
export type Standing = {
  units: number;
  /** Leased keys: the cap is exactly the share. */
  readonly leases: Map<string, Lease>;
  /** When the last answered sync was sent; undefined before the first. */
  renewed: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
};

export type Lease = {
  readonly limit: number;
  readonly share: number;
  /** When the share was granted. */
  readonly sinceMs: number;
};

export function createStanding(): Standing {
  return { units: 0, leases: new Map(), renewed: undefined };
}

/** The calls of `key` that this process may have counted at once, of a limit of `limit`. */
export function capOf(standing: Standing, key: string, limit: number, rightUnits: number): number {
  if (rightUnits === 0) return 0;
  const leased = standing.leases.size === 0 ? undefined : standing.leases.get(key);
  if (leased !== undefined) return Math.min(limit, leased.share);
  return rightUnits === TOTAL_UNITS ? limit : shareOf(limit, rightUnits);
}

/**
 * The units that the process has a right to now. Out of reach of the database the right runs out: after `LEASE_MS`
 * beside others; alone it goes on for `SOLO_LEASE_MS`, less what a newcomer would be given.
 */
export function rightUnits(standing: Standing, clock: Clock): number {
  const { renewed, units } = standing;
  if (renewed === undefined) return 0;
  // A suspended machine stops the monotonic clock, a corrected one moves the wall clock: the longer time counts.
  const silentMs = Math.max(clock.monotonicMs() - renewed.monotonicMs, clock.nowMs() - renewed.wallMs);
  if (silentMs < LEASE_MS) return units;
  return units === TOTAL_UNITS && silentMs < SOLO_LEASE_MS ? TOTAL_UNITS - NEWCOMER_UNITS : 0;
}
