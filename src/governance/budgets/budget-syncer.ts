import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import { type Clock, every } from '#foundation/time';
import { type Account, forgetWritten, freeOf, keepOf, slotAt, sumOf } from './account.ts';
import { type Amounts, amountsOf, atLeastNothing, isNothing, minus, NOTHING } from './amounts.ts';
import {
  type BudgetStore,
  HOLD_MARGIN_MS,
  HOLD_MS,
  type LineReply,
  type SlotUse,
  type SyncLine,
} from './budget-store.ts';

/**
 * Writes down what was used and asks for more before it is needed, behind the calls. One sync at a time; whoever asks
 * while one is under way is served by the next, all together.
 */
export type BudgetSyncer = {
  join(): Promise<void>;
  start(): void;
  /** Writes the rest, gives everything back; never rejects. */
  stop(): Promise<void>;
  /** The account has something to say at the next sync. */
  touch(account: Account): void;
  /** Resolves after a sync that said everything there was to say at the time of the call; never rejects. */
  sync(): Promise<void>;
  /** Whether what is held may be spent. */
  isStanding(): boolean;
  /** False while the store does not answer. */
  isReachable(): boolean;
};

const FLUSH_INTERVAL_MS = 500;
const PRUNE_INTERVAL_MS = 60_000;
const LINES_MAX = 500;
/** Whoever was just given something is about to use it. */
const FRESH_MS = 250;
/** An account that was not asked for so long gives back what is free. */
const IDLE_MS = 10_000;
/** What others use of an account of which something is held here is looked at so often. */
const REFRESH_MS = 2_000;

type Batch = { readonly number: number; readonly used: ReadonlyMap<Account, readonly SlotUse[]> };

export function createBudgetSyncer(deps: {
  readonly store: BudgetStore;
  readonly clock: Clock;
  readonly processId: string;
  readonly logger: Logger;
}): BudgetSyncer {
  const { store, clock, processId, logger } = deps;
  const touched = new Set<Account>();
  const holding = new Set<Account>();
  let incarnation = 0;
  let batchNumber = 0;
  /** What was sent and not answered: it may have been written, so it is said again under its number, unchanged. */
  let unanswered: Batch | undefined;
  let heard: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let isFailing = false;
  let isReplaced = false;
  let stopTimers = () => {};

  async function join(): Promise<void> {
    const sent = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    ({ incarnation } = await store.join(processId, sent.wallMs));
    batchNumber = 0;
    unanswered = undefined;
    for (const account of holding) account.held = NOTHING;
    holding.clear();
    heard = sent;
  }

  function sync(): Promise<void> {
    if (running === undefined) {
      running = syncAll().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running.then(() => {
      next = undefined;
      return sync();
    });
    return next;
  }

  async function syncAll(): Promise<void> {
    // Whoever asks in this same turn is served together.
    await Promise.resolve();
    const rounds = Math.max(1, Math.ceil(touched.size / LINES_MAX));
    for (let round = 0; round < rounds; round++) {
      if (isReplaced || !(await syncOnce())) return;
    }
  }

  /** Returns whether it is of use to go on. */
  async function syncOnce(isAgain = false): Promise<boolean> {
    const sent = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const accounts = [...new Set([...(unanswered?.used.keys() ?? []), ...touched])].slice(0, LINES_MAX);
    unanswered ??= batchOf(accounts);
    const batch = unanswered;
    const lines = accounts.map((account) => lineOf(account, batch.used.get(account) ?? [], sent));
    for (const account of accounts) touched.delete(account);
    try {
      const reply = await store.sync({ processId, incarnation, batch: batch.number, nowMs: sent.wallMs, lines });
      if (isFailing) logger.info({}, 'the budgets are in reach again');
      isFailing = false;
      if (reply === 'replaced') return replaced();
      if (reply === 'unknown') {
        logger.warn({}, 'this process was given up for lost by those that share budgets; joining again');
        for (const account of accounts) touched.add(account);
        await join();
        return isAgain ? false : syncOnce(true);
      }
      unanswered = undefined;
      heard = sent;
      for (const [index, account] of accounts.entries()) {
        const line = reply.lines[index];
        if (line !== undefined) apply(account, line, batch.used.get(account) ?? []);
      }
      return true;
    } catch (error) {
      if (!isFailing) logger.warn({ problem: messageOf(error) }, 'the budgets are out of reach; trying again');
      isFailing = true;
      for (const account of accounts) touched.add(account);
      return false;
    }
  }

  function batchOf(accounts: readonly Account[]): Batch {
    batchNumber++;
    return {
      number: batchNumber,
      used: new Map(accounts.map((account) => [account, [...account.unwritten.values()]])),
    };
  }

  function lineOf(account: Account, used: readonly SlotUse[], sent: { readonly monotonicMs: number; wallMs: number }) {
    const { name, limits, isBlocking, waiting } = account;
    const free = freeOf(account);
    const isActive = sent.monotonicMs - account.usedAtMs < IDLE_MS;
    const keep = isActive && isBlocking ? keepOf(account) : NOTHING;
    if (isNothing(waiting) && sent.monotonicMs - account.grantedAtMs >= FRESH_MS) {
      account.held = minus(account.held, atLeastNothing(minus(free, keep)));
    }
    const needs = isBlocking ? atLeastNothing(minus(waiting, free)) : NOTHING;
    const line: SyncLine = {
      key: name.key,
      budgetId: name.budgetId,
      value: name.value,
      limits: isBlocking ? limits : UNLIMITED,
      used,
      held: atLeastNothing(minus(account.held, sumOf(used))),
      needs,
      ahead: isActive ? atLeastNothing(minus(keep, atLeastNothing(minus(free, waiting)))) : NOTHING,
      slot: slotAt(name.window, sent.wallMs),
    };
    return line;
  }

  function apply(account: Account, line: LineReply, written: readonly SlotUse[]): void {
    forgetWritten(account, written);
    const wasHeld = minus(account.held, sumOf(written));
    if (!isNothing(atLeastNothing(minus(line.held, wasHeld)))) account.grantedAtMs = clock.monotonicMs();
    account.held = line.held;
    account.shared = { used: line.used, heldElsewhere: line.heldElsewhere, leaving: line.leaving };
    account.syncedAtMs = clock.monotonicMs();
    if (isNothing(line.held)) holding.delete(account);
    else holding.add(account);
    if (account.unwritten.size > 0) touched.add(account);
  }

  function replaced(): false {
    logger.error(
      { processId },
      'another process uses budgets under the same id; this one denies until it is restarted',
    );
    isReplaced = true;
    heard = undefined;
    return false;
  }

  function flush(): Promise<void> {
    const nowMs = clock.monotonicMs();
    for (const account of holding) {
      const spare = nowMs - account.usedAtMs < IDLE_MS ? keepOf(account) : NOTHING;
      const isFresh = nowMs - account.grantedAtMs < FRESH_MS;
      const isAboveNeed = !isFresh && !isNothing(atLeastNothing(minus(freeOf(account), spare)));
      if (isAboveNeed || nowMs - account.syncedAtMs >= REFRESH_MS) touched.add(account);
    }
    return sync();
  }

  function isStanding(): boolean {
    if (heard === undefined) return false;
    // A suspended machine stops the monotonic clock, a corrected one moves the wall clock: the longer time counts.
    const silentMs = Math.max(clock.monotonicMs() - heard.monotonicMs, clock.nowMs() - heard.wallMs);
    return silentMs < HOLD_MS - HOLD_MARGIN_MS;
  }

  async function stop(): Promise<void> {
    stopTimers();
    if (incarnation === 0) return;
    // The first may have to repeat what was sent before; the second then says the rest.
    await sync();
    await sync();
    const rest = [...touched].some((account) => account.unwritten.size > 0);
    if (isFailing || isReplaced || rest || heard === undefined) {
      logger.warn({}, 'the budgets were not left in order; what was held for them counts as used');
      return;
    }
    try {
      await store.leave(processId, incarnation);
    } catch (error) {
      logger.warn({ problem: messageOf(error) }, 'the budgets were not left in order; what was held counts as used');
    }
  }

  return {
    join,
    start() {
      const timers = [
        every(clock, FLUSH_INTERVAL_MS, flush),
        every(clock, PRUNE_INTERVAL_MS, () => store.prune(clock.nowMs() - HOLD_MS).catch(() => undefined)),
      ];
      stopTimers = () => {
        for (const end of timers) end();
      };
    },
    stop,
    touch: (account) => {
      touched.add(account);
    },
    sync,
    isStanding,
    isReachable: () => !isFailing,
  };
}

const UNLIMITED: Amounts = amountsOf(() => Number.POSITIVE_INFINITY);
