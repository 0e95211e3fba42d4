/**
 * How a limit is divided among processes.
 *
 * Each process holds a number of units out of `TOTAL_UNITS`. On a key that nobody has leased it may use that fraction
 * of the limit at once, so the first call of a new key waits for nobody. The units of all processes never sum to more
 * than the total, so neither do their shares of any limit.
 */

/** Divisible by every number up to 16, so that equal parts are exact. */
export const TOTAL_UNITS = 720_720;

/** What a newcomer may use beside a process that held everything and fell silent. */
export const NEWCOMER_UNITS = TOTAL_UNITS / 4;

/** Heartbeats and renewals of rights. */
export const HEARTBEAT_MS = 1_000;

/** How long a process among several may go on without reaching the database. */
export const LEASE_MS = 10_000;

/** How long a process that was alone may go on, with what it leaves to `NEWCOMER_UNITS`, without the database. */
export const SOLO_LEASE_MS = 24 * 3_600_000;

/** How soon a share that was asked for may have come. */
export const SHARE_RETRY_MS = 250;

/** Allowance for clocks that run at slightly different rates. */
export const CLOCK_MARGIN_MS = 1_000;

export function shareOf(limit: number, units: number): number {
  return Math.floor((limit * units) / TOTAL_UNITS);
}

/** The calls that may be unwritten when a process dies: after an unclean end each key starts with this many counted. */
export function unwrittenMax(limit: number): number {
  return Math.ceil(limit / 8);
}
