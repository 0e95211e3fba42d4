import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import { type Clock, every } from '#foundation/time';
import { countCalls } from './call-times.ts';
import type { KeyWindows } from './key-windows.ts';
import type { JoinReply, LimitStore, ShareRequest, SyncReply, SyncRequest } from './limit-store.ts';
import { HEARTBEAT_MS, SHARE_RETRY_MS, shareOf, TOTAL_UNITS } from './shares.ts';
import { capOf, type Standing } from './standing.ts';

/**
 * Keeps this process's place among the processes that share the limits: renews its rights, asks for shares before they
 * are needed, gives back what is not used. All of it behind the calls; a call only reads the standing.
 */
export type LeaseKeeper = {
  join(): Promise<JoinReply>;
  start(): Promise<void>;
  /** Ends the timers and the sync under way; does not leave the place. */
  stop(): Promise<void>;
  /** A call came near the cap of `key`, or was refused by it. */
  want(key: string, limit: number): void;
  /** Syncs now, or right after the sync under way. */
  sync(): Promise<void>;
  incarnation(): number;
};

const SOON_MS = 5;
const FRESH_MS = 2 * SHARE_RETRY_MS;
const LEASED_KEYS_MAX = 50_000;

export function createLeaseKeeper(deps: {
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly processId: string;
  readonly logger: Logger;
  readonly windowMs: () => number;
  readonly windows: KeyWindows;
  readonly standing: Standing;
}): LeaseKeeper {
  const { store, clock, processId, logger, windows, standing } = deps;
  /** Keys whose cap is nearly used up, with their limit. */
  const wanted = new Map<string, number>();
  /** Shares as they stand here, where the ledger must hear of them. */
  const unsaid = new Map<string, { readonly limit: number; readonly share: number }>();
  const pressed = new Set<string>();
  let incarnation = 0;
  let ackedSeq = 0;
  let running: Promise<void> | undefined;
  let isAgainDue = false;
  let isSoonDue = false;
  let isFailing = false;
  let isStopped = false;
  let stopTimer = () => {};
  let stopListening = async () => {};

  async function join(): Promise<JoinReply> {
    const sent = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const reply = await store.join({ processId, windowMs: deps.windowMs() });
    incarnation = reply.incarnation;
    ackedSeq = reply.ackedSeq;
    standing.leases.clear();
    unsaid.clear();
    for (const { key, ...lease } of reply.keys) standing.leases.set(key, { ...lease, sinceMs: sent.monotonicMs });
    standing.units = reply.units;
    standing.renewed = sent;
    return reply;
  }

  function sync(): Promise<void> {
    if (running !== undefined) isAgainDue = true;
    running ??= Promise.resolve()
      .then(syncUntilSettled)
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  /** Never rejects. The bound is only for the case that two processes keep answering each other. */
  async function syncUntilSettled(): Promise<void> {
    for (let round = 0; round < 10 && !isStopped; round++) {
      isAgainDue = false;
      const isSettled = await syncOnce();
      if (isSettled && !isAgainDue) return;
    }
  }

  async function syncOnce(): Promise<boolean> {
    const sent = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const request = buildRequest(sent.monotonicMs);
    try {
      const reply = await store.sync(request);
      if (isFailing) logger.info({}, 'the shared limits are in reach again');
      isFailing = false;
      if (reply === 'unknown') {
        logger.warn({}, 'this process lost its place among those that share limits; joining again');
        await join();
        return false;
      }
      if (reply === 'replaced') {
        replaced();
        return true;
      }
      return apply(request, reply, sent);
    } catch (error) {
      if (!isFailing) logger.warn({ problem: messageOf(error) }, 'the shared limits are out of reach; trying again');
      isFailing = true;
      // It may have been written all the same: say again what is held.
      for (const { key, limit, share } of request.shares) unsaid.set(key, { limit, share });
      for (const { key, limit } of request.requests) {
        unsaid.set(key, { limit, share: standing.leases.get(key)?.share ?? 0 });
      }
      return true;
    }
  }

  function replaced(): void {
    logger.error(
      { processId },
      'another process shares limits under the same id; this one denies until it is restarted',
    );
    standing.units = 0;
    isStopped = true;
    stopTimer();
  }

  function buildRequest(nowMs: number): SyncRequest {
    releaseUnused(nowMs);
    const shares = [...unsaid].map(([key, { limit, share }]) => ({
      key,
      limit,
      share: standing.leases.get(key)?.share ?? share,
    }));
    unsaid.clear();
    const requests = standing.units === TOTAL_UNITS ? [] : buildShareRequests(nowMs);
    return {
      processId,
      incarnation,
      windowMs: deps.windowMs(),
      units: standing.units,
      ackedSeq,
      shares,
      requests,
    };
  }

  /** Shares far above what is used go back; under pressure or in idleness, all that is not used. */
  function releaseUnused(nowMs: number): void {
    for (const [key, lease] of standing.leases) {
      if (lease.share === 0) continue;
      const used = usedOf(key, nowMs);
      // Whoever was just given a share is about to use it.
      const isFresh = nowMs - lease.sinceMs < FRESH_MS;
      const spare = isFresh || (used > 0 && !pressed.has(key)) ? batchOf(lease.limit) : 0;
      if (lease.share > used + spare) lower(key, lease.limit, used + spare);
    }
    pressed.clear();
  }

  function buildShareRequests(nowMs: number): readonly ShareRequest[] {
    const requests: ShareRequest[] = [];
    for (const [key, limit] of wanted) {
      const held = capOf(standing, key, limit, standing.units);
      const used = usedOf(key, nowMs);
      const isNew = !standing.leases.has(key);
      const isFull = isNew && standing.leases.size >= LEASED_KEYS_MAX;
      const want = Math.min(limit, used + batchOf(limit));
      if (want > held && !isFull) requests.push({ key, limit, held, want });
      else wanted.delete(key);
    }
    return requests;
  }

  /** Returns whether nothing is left to say at once. */
  function apply(request: SyncRequest, reply: SyncReply, sent: NonNullable<Standing['renewed']>): boolean {
    for (const [index, { key, share }] of reply.granted.entries()) {
      const asked = request.requests[index];
      if (asked === undefined) continue;
      standing.leases.set(key, { limit: asked.limit, share, sinceMs: clock.monotonicMs() });
      if (share >= asked.want) wanted.delete(key);
    }
    standing.units = reply.units;
    for (const { key, seq, isRetired, limit } of reply.keys) {
      ackedSeq = Math.max(ackedSeq, seq);
      if (isRetired) release(key, limit, sent.monotonicMs);
      else if (!standing.leases.has(key)) lower(key, limit, usedOf(key, sent.monotonicMs));
    }
    if (reply.isAlone) {
      standing.leases.clear();
      unsaid.clear();
      wanted.clear();
    }
    if (reply.targetUnits < standing.units) confineTo(reply.targetUnits, sent.monotonicMs);
    standing.renewed = sent;
    for (const key of reply.pressed) {
      const { share, sinceMs } = standing.leases.get(key) ?? { share: 0, sinceMs: 0 };
      const isFresh = clock.monotonicMs() - sinceMs < FRESH_MS;
      if (!isFresh && share > usedOf(key, sent.monotonicMs)) pressed.add(key);
    }
    return reply.keys.length === 0 && pressed.size === 0 && unsaid.size === 0 && standing.units === request.units;
  }

  /** The key is free again, unless this process used more of it than its units' share. */
  function release(key: string, limit: number, nowMs: number): void {
    const used = usedOf(key, nowMs);
    if (used > shareOf(limit, standing.units)) lower(key, limit, used);
    else standing.leases.delete(key);
  }

  /** Keeps to fewer units; what is held above the new part is said to be a share of its own. */
  function confineTo(units: number, nowMs: number): void {
    standing.units = units;
    for (const [key, { limit, share }] of standing.leases) {
      if (share > shareOf(limit, units)) unsaid.set(key, { limit, share });
    }
    for (const [key, { limit }] of windows.entries()) {
      if (standing.leases.has(key)) continue;
      const used = usedOf(key, nowMs);
      if (used > shareOf(limit, units)) lower(key, limit, used);
    }
  }

  function lower(key: string, limit: number, share: number): void {
    standing.leases.set(key, { limit, share, sinceMs: Number.NEGATIVE_INFINITY });
    unsaid.set(key, { limit, share });
  }

  function usedOf(key: string, nowMs: number): number {
    const window = windows.get(key);
    return window === undefined ? 0 : countCalls(window.times, nowMs, deps.windowMs());
  }

  return {
    join,
    sync,
    incarnation: () => incarnation,
    async start() {
      stopListening = await store.onChange(processId, () => void sync());
      stopTimer = every(clock, HEARTBEAT_MS, sync);
    },
    async stop() {
      isStopped = true;
      stopTimer();
      await running;
      await stopListening();
    },
    want(key, limit) {
      if (standing.units === TOTAL_UNITS) return;
      wanted.set(key, limit);
      if (isSoonDue || isFailing || isStopped) return;
      isSoonDue = true;
      clock.after(SOON_MS, () => {
        isSoonDue = false;
        void sync();
      });
    },
  };
}

/** How much of a limit a process takes at a time. */
function batchOf(limit: number): number {
  return Math.max(1, Math.ceil(limit / 4));
}
