/**
 * Counts calls over exact sliding windows, shared by every process on one database.
 *
 * `take` is synchronous and looks at memory alone. What makes that right stands behind it: `ledger.ts` divides each
 * limit among the processes, the lease keeper renews this process's part and asks for more before it is needed, the
 * usage writer writes counted calls down so that they outlive the process.
 *
 * - One process alone has the whole of every limit, exact to the millisecond.
 * - Several processes together never pass a limit; while shares move between them they may stop a little short of it.
 * - Out of reach of the database a process among several goes on for 10 seconds with what it holds, then denies. One
 *   that was alone goes on with three quarters of every limit for a day: the last quarter is what a newcomer that
 *   reaches the database is given while the silent one may still run.
 * - After a stop in order the counters are exact; after a kill each key starts with an eighth of its limit counted for
 *   one window, because that much may be unwritten.
 */
import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import { type Clock, elapse, every } from '#foundation/time';
import { addCall, countCalls, msUntilBelow } from './call-times.ts';
import type { RateLimitConfig } from './config.ts';
import { addCalls, createKeyWindows, type KeyWindow } from './key-windows.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import type { JoinReply, LimitStore } from './limit-store.ts';
import { SHARE_RETRY_MS, TOTAL_UNITS, unwrittenMax } from './shares.ts';
import { capOf, createStanding, rightUnits } from './standing.ts';
import { createUsageWriter } from './usage-writer.ts';

/** One call more of `key`, of which `limit` are allowed in one window. */
export type Demand = { readonly key: string; readonly limit: number };

export type Taking =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Which of the demands was refused. */
      readonly refused: Demand;
      /** When every demand would pass, if nothing else were taken meanwhile. */
      readonly retryAfterMs: number;
    };

/** A `Part` of the lifecycle: it counts between `start` and `stop`, and denies outside of them. */
export type RateLimiter = {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly config: () => RateLimitConfig;
  /** Takes one call of every demand, or of none. */
  take(...demands: readonly Demand[]): Taking;
};

export type RateLimiterDeps = {
  readonly store: LimitStore;
  readonly clock: Clock;
  /** Read at each call. */
  readonly config: () => RateLimitConfig;
  /**
   * Names the process among those that share the database, and its successor after a restart: the same home has the
   * same id. Two that run at once never have one id.
   */
  readonly processId: string;
  readonly logger: Logger;
  readonly keysMax?: number;
};

const PRUNE_INTERVAL_MS = 30_000;
/** How long `start` waits for the other processes to make room. */
const ROOM_WAIT_MS = 5_000;

export function createRateLimiter(deps: RateLimiterDeps): RateLimiter {
  const { store, clock, config, processId, logger } = deps;
  const windowMs = () => config().window_secs * 1_000;
  /** Calls of a former life that may be unwritten count as made at this time. */
  let uncleanSinceMs: number | undefined;
  const standing = createStanding();
  const windows = createKeyWindows(deps.keysMax ?? 100_000, chargeUnwritten);
  const keeper = createLeaseKeeper({ store, clock, processId, logger, windowMs, windows, standing });
  const writer = createUsageWriter({ store, clock, processId, logger, windowMs });
  let stopPruning = () => {};
  let isRunning = false;

  function chargeUnwritten(window: KeyWindow): void {
    if (uncleanSinceMs === undefined) return;
    addCalls(window.times, unwrittenMax(window.limit), uncleanSinceMs);
  }

  function take(...demands: readonly Demand[]): Taking {
    const nowMs = clock.monotonicMs();
    windows.sweep(nowMs, windowMs());
    const units = isRunning ? rightUnits(standing, clock) : 0;
    let refusal: Extract<Taking, { allowed: false }> | undefined;
    for (const demand of demands) {
      const retryAfterMs = msUntilRoom(demand, units, nowMs);
      if (retryAfterMs > 0 && retryAfterMs > (refusal?.retryAfterMs ?? 0)) {
        refusal = { allowed: false, refused: demand, retryAfterMs };
      }
    }
    if (refusal !== undefined) return refusal;
    for (const { key, limit } of demands) {
      const window = windows.get(key);
      if (window === undefined) continue;
      addCall(window.times, nowMs);
      writer.note(key, limit, nowMs);
    }
    return ALLOWED;
  }

  /** 0 when one more call of the key fits into its window. */
  function msUntilRoom({ key, limit }: Demand, units: number, nowMs: number): number {
    const ms = windowMs();
    const window = windows.ensure(key, limit);
    if (window === undefined) return SHARE_RETRY_MS;
    const used = countCalls(window.times, nowMs, ms);
    const cap = capOf(standing, key, limit, units);
    if (cap < limit && units > 0 && used + Math.max(1, limit / 8) > cap) keeper.want(key, limit);
    if (used < cap) return 0;
    const ownMs = cap === 0 && limit > 0 ? ms : msUntilBelow(window.times, cap, nowMs, ms);
    // A cap below the limit may be raised before anything leaves the window.
    return cap < limit && standing.units < TOTAL_UNITS ? Math.min(ownMs, SHARE_RETRY_MS) : ownMs;
  }

  function restore(reply: JoinReply): void {
    const nowMs = clock.monotonicMs();
    const oldestFirst = [...reply.usage].sort((left, right) => right.ageMs - left.ageMs);
    for (const { key, limit, used, ageMs } of oldestFirst) {
      const window = windows.ensure(key, limit);
      if (window !== undefined && ageMs < windowMs()) addCalls(window.times, used, nowMs - ageMs);
    }
    if (!reply.isUnclean) return;
    uncleanSinceMs = nowMs;
    for (const [, window] of windows.entries()) chargeUnwritten(window);
    clock.after(windowMs(), () => {
      uncleanSinceMs = undefined;
    });
  }

  async function waitForRoom(): Promise<void> {
    const untilMs = clock.monotonicMs() + ROOM_WAIT_MS;
    await keeper.sync();
    while (standing.units === 0 && clock.monotonicMs() < untilMs) {
      await elapse(clock, 50);
      await keeper.sync();
    }
    if (standing.units > 0) return;
    logger.warn(
      { processId },
      'the other processes have not made room in the shared limits yet; calls are denied until they do',
    );
  }

  return {
    name: 'rate limiter',
    config,
    take,
    async start() {
      restore(await keeper.join());
      isRunning = true;
      writer.start();
      await keeper.start();
      stopPruning = every(clock, PRUNE_INTERVAL_MS, () => store.pruneUsage(windowMs()).catch(() => undefined));
      if (standing.units === 0) await waitForRoom();
    },
    async stop() {
      if (!isRunning) return;
      isRunning = false;
      stopPruning();
      await keeper.stop();
      try {
        await writer.stop();
        await store.leave(processId, keeper.incarnation());
      } catch (error) {
        logger.warn({ problem: messageOf(error) }, 'the limits were not left in order; the next start counts more');
      }
    },
  };
}

const ALLOWED: Taking = { allowed: true };
