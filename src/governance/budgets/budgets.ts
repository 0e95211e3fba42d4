/**
 * How much of the models may be used. Reserve before, settle after: a request reserves the most that it may use in
 * every budget it counts in, or is denied and reserves nothing; its outcome replaces the estimate.
 *
 * - `take` is synchronous and spends only what this process holds, so no number of requests at once overshoots.
 * - What is held comes from the store (`budget-syncer.ts`), ahead of need; `prepare` waits for it, bounded, only where
 *   what is held does not suffice.
 * - Out of reach of the store a process spends what it holds, then denies.
 * - After a kill, what was held counts as used: requests under way may have been answered.
 */
import type { Logger } from '#foundation/logging';
import { type Clock, every } from '#foundation/time';
import type { OutcomeRecord } from '../audit/record.ts';
import type { Call } from '../policy/call.ts';
import {
  type Account,
  addUse,
  freeOf,
  HELD_RETRY_MS,
  hasRoom,
  keepOf,
  type Lack,
  lackOf,
  slotAt,
  standingOf,
} from './account.ts';
import { createAccountBook } from './account-book.ts';
import { accountName, type Caller, counts, countsCaller, dimensionValue } from './account-of.ts';
import { type Amounts, fullnessOf, type Limits, limitsOf, MEASURES, measuresAbove, minus, plus } from './amounts.ts';
import type { BudgetStore, Slot } from './budget-store.ts';
import { createBudgetSyncer } from './budget-syncer.ts';
import { createCalendar } from './calendar.ts';
import { type BudgetConfig, type WindowSpan, windowSpanOf } from './config.ts';
import { actualOf, estimateOf } from './settlement.ts';

/** How one budget stands for a request that was taken. */
export type BudgetStanding = {
  readonly budget: BudgetConfig;
  readonly account: Account;
  /** The fullest limit, as a part: 1 is full. */
  readonly fullness: number;
};

export type Refusal = {
  readonly budget: BudgetConfig;
  readonly value: string;
  readonly why: Lack['why'] | 'unpriced' | 'out_of_reach' | 'too_many_accounts';
  /** Null where waiting does not help. */
  readonly retryAfterMs: number | null;
};

export type Taking =
  | { readonly allowed: true; readonly standings: readonly BudgetStanding[] }
  | ({ readonly allowed: false } & Refusal);

/** A threshold that an account passed for the first time in its window. */
export type ThresholdPassed = {
  readonly budgetId: string;
  readonly value: string;
  readonly threshold: number;
  readonly used: Amounts;
  /** The same for every process that sees it pass, and another one in the next window. */
  readonly dedupKey: string;
};

/** A `Part` of the lifecycle: it takes between `start` and `stop`, and denies outside of them. */
export type Budgets = {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Undefined when nothing needs to be waited for; never rejects. Call `take` or `release` next. */
  prepare(call: Call): Promise<void> | undefined;
  /** Reserves in every budget that the call counts in, or in none. */
  take(call: Call): Taking;
  /** The effect of a call that was taken has ended. */
  settle(call: Call, outcome: Pick<OutcomeRecord, 'effect'>): void;
  /** A call that was taken is not made after all. */
  release(call: Call): void;
  /** Where the call stands in its budgets; empty when it counts in none. */
  standings(call: Call): readonly BudgetStanding[];
  /** Where the caller stands in the budgets that depend on nothing but who asks, by all processes; never rejects. */
  caps(caller: Caller): Promise<readonly BudgetStanding[]>;
  readonly config: () => readonly BudgetConfig[];
};

export type BudgetsDeps = {
  readonly store: BudgetStore;
  readonly clock: Clock;
  /** Read at each call. */
  readonly config: () => readonly BudgetConfig[];
  /** Names the process among those that share the database, and its successor after a restart. */
  readonly processId: string;
  readonly logger: Logger;
  readonly onThreshold: (passed: ThresholdPassed, call: Call) => void;
  readonly accountsMax?: number;
};

/** One request under way. */
type Reservation = {
  readonly estimate: Amounts;
  readonly sinceMs: number;
  readonly entries: readonly { readonly budget: BudgetConfig; readonly account: Account; readonly slot: Slot }[];
};

/** A budget in force, with what its settings mean. */
type CompiledBudget = { readonly budget: BudgetConfig; readonly span: WindowSpan; readonly limits: Limits };

type Entry = { readonly budget: BudgetConfig; readonly account: Account | undefined; readonly value: string };

/** A reservation without an outcome counts as its estimate after this time. */
const RESERVATION_MS_MAX = 3_600_000;
const SWEEP_INTERVAL_MS = 5_000;
/** How long a request waits for the store to say what room there is. */
const PREPARE_MS_MAX = 1_000;
const STALE_MS = 30_000;

export function createBudgets(deps: BudgetsDeps): Budgets {
  const { store, clock, config, processId, logger } = deps;
  const calendar = createCalendar();
  const book = createAccountBook(deps.accountsMax ?? 100_000);
  const syncer = createBudgetSyncer({ store, clock, processId, logger });
  const reservations = new Map<Call, Reservation>();
  let compiledOf: readonly BudgetConfig[] | undefined;
  let inForce: readonly CompiledBudget[] = [];
  let stopSweeping = () => {};
  let isRunning = false;

  function compiled(): readonly CompiledBudget[] {
    const listed = config();
    if (listed !== compiledOf) {
      compiledOf = listed;
      inForce = listed
        .filter(({ enabled }) => enabled)
        .map((budget) => ({ budget, span: windowSpanOf(budget), limits: limitsOf(budget) }));
    }
    return inForce;
  }

  function entriesOf(call: Call): readonly Entry[] {
    const use = call.model;
    if (use === null) return [];
    const nowMs = clock.nowMs();
    const entries: Entry[] = [];
    for (const { budget, span, limits } of compiled()) {
      if (!counts(budget, call, use, call.toolName)) continue;
      const name = accountName(budget, span, dimensionValue(budget, call, use), calendar, nowMs);
      const account = book.ensure(name, limits, budget.action === 'block');
      entries.push({ budget, account, value: name.value });
    }
    return entries;
  }

  function prepare(call: Call): Promise<void> | undefined {
    if (call.model === null || !isRunning || !syncer.isReachable()) return undefined;
    const estimate = estimateOf(call.model);
    const short: Account[] = [];
    for (const { account } of entriesOf(call)) {
      if (account === undefined) continue;
      if (!hasRoom(account, estimate) || isStale(account) || !syncer.isStanding()) short.push(account);
    }
    return short.length === 0 ? undefined : waitForRoom(short, estimate);
  }

  /** What was told of an account that rested for long is not true any more, and a warning would be wrong. */
  function isStale({ syncedAtMs }: Account): boolean {
    return clock.monotonicMs() - syncedAtMs > STALE_MS;
  }

  async function waitForRoom(accounts: readonly Account[], estimate: Amounts): Promise<void> {
    for (const account of accounts) {
      account.waiting = plus(account.waiting, estimate);
      account.usedAtMs = clock.monotonicMs();
      syncer.touch(account);
    }
    await withinBound(syncer.sync());
    for (const account of accounts) account.waiting = minus(account.waiting, estimate);
  }

  async function withinBound(synced: Promise<void>): Promise<void> {
    const tooLong = Promise.withResolvers<void>();
    const cancel = clock.after(PREPARE_MS_MAX, tooLong.resolve);
    await Promise.race([synced, tooLong.promise]);
    cancel();
  }

  function take(call: Call): Taking {
    if (call.model === null) return { allowed: true, standings: [] };
    const estimate = estimateOf(call.model);
    const entries = entriesOf(call);
    let refusal: Refusal | undefined;
    for (const entry of entries) {
      const refused = refusalOf(entry, estimate, call.model.costNanodollarsMax === null);
      if (refused !== undefined) refusal = later(refusal, refused);
    }
    if (refusal !== undefined) return { allowed: false, ...refusal };
    reserve(call, estimate, entries);
    return { allowed: true, standings: standings(call) };
  }

  function refusalOf({ budget, account, value }: Entry, estimate: Amounts, isUnpriced: boolean): Refusal | undefined {
    if (budget.action === 'warn') return undefined;
    const refused = { budget, value };
    if (isUnpriced && budget.limits.cost_dollars !== undefined && budget.unpriced === 'deny') {
      return { ...refused, why: 'unpriced', retryAfterMs: null };
    }
    if (account === undefined) return { ...refused, why: 'too_many_accounts', retryAfterMs: HELD_RETRY_MS };
    if (!isRunning || !syncer.isStanding()) return { ...refused, why: 'out_of_reach', retryAfterMs: HELD_RETRY_MS };
    if (hasRoom(account, estimate)) return undefined;
    if (!syncer.isReachable() || isStale(account)) {
      return { ...refused, why: 'out_of_reach', retryAfterMs: HELD_RETRY_MS };
    }
    return { ...refused, ...lackOf(account, estimate, clock.nowMs()) };
  }

  function reserve(call: Call, estimate: Amounts, entries: readonly Entry[]): void {
    const nowMs = clock.nowMs();
    const reserved: Reservation['entries'][number][] = [];
    for (const { budget, account } of entries) {
      if (account === undefined) continue;
      account.reserved = plus(account.reserved, estimate);
      account.usedAtMs = clock.monotonicMs();
      if (account.isBlocking && isLow(account)) syncer.touch(account);
      reserved.push({ budget, account, slot: slotAt(account.name.window, nowMs) });
    }
    if (reserved.length === 0) return;
    reservations.set(call, { estimate, sinceMs: clock.monotonicMs(), entries: reserved });
    for (const { budget, account } of reserved) tellThreshold(budget, account, call);
  }

  /** Little enough is free that more should be asked for now. */
  function isLow(account: Account): boolean {
    const [free, keep] = [freeOf(account), keepOf(account)];
    return MEASURES.some((measure) => free[measure] < keep[measure] / 2);
  }

  function end(call: Call, actual: Amounts | undefined): void {
    const reservation = reservations.get(call);
    if (reservation === undefined) return;
    reservations.delete(call);
    for (const { budget, account, slot } of reservation.entries) {
      account.reserved = minus(account.reserved, reservation.estimate);
      if (actual !== undefined) addUse(account, slot, actual);
      syncer.touch(account);
      tellThreshold(budget, account, call);
    }
  }

  function tellThreshold(budget: BudgetConfig, account: Account, call: Call): void {
    const used = standingOf(account);
    const passed = passedThreshold(budget, fullnessOf(used, account.limits)) ?? 0;
    if (passed > account.toldThreshold) {
      const { window, key, value } = account.name;
      const windowNumber = window.kind === 'calendar' ? 0 : Math.floor(clock.nowMs() / window.ms);
      const dedupKey = `budget\n${key}\n${windowNumber}\n${passed}`;
      deps.onThreshold({ budgetId: budget.id, value, threshold: passed, used, dedupKey }, call);
    }
    account.toldThreshold = passed;
  }

  function standings(call: Call): readonly BudgetStanding[] {
    const entries = reservations.get(call)?.entries ?? [];
    return entries.map(budgetStanding);
  }

  async function caps(caller: Caller): Promise<readonly BudgetStanding[]> {
    const nowMs = clock.nowMs();
    const entries: Pick<BudgetStanding, 'budget' | 'account'>[] = [];
    for (const { budget, span, limits } of compiled()) {
      if (!dependsOnCallerAlone(budget) || !countsCaller(budget, caller)) continue;
      const name = accountName(budget, span, dimensionValue(budget, caller, null), calendar, nowMs);
      const account = book.ensure(name, limits, budget.action === 'block');
      if (account === undefined) continue;
      syncer.touch(account);
      entries.push({ budget, account });
    }
    if (entries.length > 0 && syncer.isReachable()) await withinBound(syncer.sync());
    return entries.map(budgetStanding);
  }

  function sweep(): void {
    const nowMs = clock.monotonicMs();
    book.sweep(nowMs);
    for (const [call, { sinceMs, estimate }] of reservations) {
      // They stand in the order in which they were made.
      if (nowMs - sinceMs < RESERVATION_MS_MAX) return;
      end(call, estimate);
    }
  }

  return {
    name: 'budgets',
    async start() {
      await syncer.join();
      isRunning = true;
      syncer.start();
      stopSweeping = every(clock, SWEEP_INTERVAL_MS, sweep);
    },
    async stop() {
      if (!isRunning) return;
      isRunning = false;
      stopSweeping();
      for (const [call, { estimate }] of reservations) end(call, estimate);
      await syncer.stop();
    },
    prepare,
    take,
    settle(call, outcome) {
      const reservation = reservations.get(call);
      if (reservation !== undefined) end(call, actualOf(outcome, reservation.estimate));
    },
    release: (call) => end(call, undefined),
    standings,
    caps,
    config,
  };
}

function budgetStanding({ budget, account }: Pick<BudgetStanding, 'budget' | 'account'>): BudgetStanding {
  return { budget, account, fullness: fullnessOf(standingOf(account), account.limits) };
}

function dependsOnCallerAlone({ match, per }: BudgetConfig): boolean {
  const { models, routes, providers, agents } = match;
  const isNarrower = [models, routes, providers, agents].some((listed) => listed !== undefined);
  return !isNarrower && per !== 'agent' && per !== 'model' && per !== 'route' && per !== 'provider';
}

/** The highest threshold at or below which the budget is full; a full one has passed 1. */
export function passedThreshold({ warn_at }: Pick<BudgetConfig, 'warn_at'>, fullness: number): number | undefined {
  const passed = [...warn_at, 1].filter((threshold) => fullness >= threshold);
  return passed.length === 0 ? undefined : Math.max(...passed);
}

/** Whether something of the account was used beyond its limits; only budgets that warn let that happen. */
export function isOverdrawn({ account }: Pick<BudgetStanding, 'account'>): boolean {
  return measuresAbove(standingOf(account), account.limits).length > 0;
}

/** The refusal that lasts longer; one that waiting does not help lasts longest. */
function later(before: Refusal | undefined, after: Refusal): Refusal {
  if (before === undefined) return after;
  const lasts = ({ retryAfterMs }: Refusal) => retryAfterMs ?? Number.POSITIVE_INFINITY;
  return lasts(after) > lasts(before) ? after : before;
}
