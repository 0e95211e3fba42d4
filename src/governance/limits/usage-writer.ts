import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import { type Clock, every } from '#foundation/time';
import type { LimitStore, Usage } from './limit-store.ts';
import { unwrittenMax } from './shares.ts';

/**
 * Writes counted calls down, in batches, behind the calls. A key that has half of `unwrittenMax` unwritten starts a
 * batch at once, so that what a killed process leaves unwritten stays within what its successor charges for it.
 */
export type UsageWriter = {
  note(key: string, limit: number, atMs: number): void;
  start(): void;
  /** Ends the timer and writes the rest; rejects when the rest could not be written. */
  stop(): Promise<void>;
};

type Unwritten = { readonly limit: number; used: number; atMs: number };

const FLUSH_INTERVAL_MS = 500;

export function createUsageWriter(deps: {
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly processId: string;
  readonly logger: Logger;
  readonly windowMs: () => number;
}): UsageWriter {
  const { store, clock, processId, logger } = deps;
  let unwritten = new Map<string, Unwritten>();
  let writing: Promise<void> | undefined;
  let isFailing = false;
  let isSoonDue = false;
  let stopTimer = () => {};

  function note(key: string, limit: number, atMs: number): void {
    const entry = unwritten.get(key);
    if (entry === undefined) {
      unwritten.set(key, { limit, used: 1, atMs });
      return;
    }
    entry.used++;
    entry.atMs = atMs;
    if (entry.used * 2 >= unwrittenMax(limit) && !isSoonDue && !isFailing) {
      isSoonDue = true;
      clock.after(0, () => {
        isSoonDue = false;
        void flush();
      });
    }
  }

  /** Never rejects: what could not be written stays and is tried again. */
  async function flush(): Promise<void> {
    writing ??= writeBatch().finally(() => {
      writing = undefined;
    });
    await writing;
  }

  async function writeBatch(): Promise<void> {
    const batch = unwritten;
    if (batch.size === 0) return;
    unwritten = new Map();
    try {
      await store.appendUsage(processId, usageLines(batch, clock.monotonicMs(), deps.windowMs()));
      isFailing = false;
    } catch (error) {
      keep(batch);
      if (!isFailing) logger.warn({ problem: messageOf(error) }, 'counted calls could not be written; trying again');
      isFailing = true;
    }
  }

  function keep(batch: ReadonlyMap<string, Unwritten>): void {
    const oldestMs = clock.monotonicMs() - deps.windowMs();
    for (const [key, kept] of batch) {
      if (kept.atMs <= oldestMs) continue;
      const entry = unwritten.get(key);
      if (entry === undefined) unwritten.set(key, kept);
      else entry.used += kept.used;
    }
  }

  return {
    note,
    start() {
      stopTimer = every(clock, FLUSH_INTERVAL_MS, flush);
    },
    async stop() {
      stopTimer();
      await flush();
      // A batch that was under way when `stop` came did not hold the last calls.
      if (unwritten.size > 0) await flush();
      if (isFailing) throw new Error('the last counted calls could not be written');
    },
  };
}

function usageLines(batch: ReadonlyMap<string, Unwritten>, nowMs: number, windowMs: number): readonly Usage[] {
  const lines: Usage[] = [];
  for (const [key, { limit, used, atMs }] of batch) {
    const ageMs = Math.max(0, Math.floor(nowMs - atMs));
    if (ageMs < windowMs) lines.push({ key, limit, used, ageMs });
  }
  return lines;
}
