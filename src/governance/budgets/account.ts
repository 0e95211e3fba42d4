import type { AccountName, AccountWindow } from './account-of.ts';
import {
  type Amounts,
  amountsOf,
  isNothing,
  type Limits,
  MEASURES,
  measuresAbove,
  minus,
  NOTHING,
  plus,
} from './amounts.ts';
import type { LineReply, Slot, SlotUse } from './budget-store.ts';
import { aheadOf, roomAtMs } from './grant.ts';

/** What this process knows of one account, and what it may spend of it. */
export type Account = {
  readonly name: AccountName;
  limits: Limits;
  /** False for a budget that only warns: it counts, and nothing is held for it. */
  isBlocking: boolean;
  /** Given to this process by the store: free, reserved or used and not yet written. */
  held: Amounts;
  /** By requests under way. */
  reserved: Amounts;
  /** Used by this process, not yet written. */
  readonly unwritten: Map<number, SlotUse>;
  /** As of the last answer of the store. */
  shared: Pick<LineReply, 'used' | 'heldElsewhere' | 'leaving'>;
  /** What calls that wait for the store need. */
  waiting: Amounts;
  /** Monotonic: the last request, the last grant and the last answer of the store. */
  usedAtMs: number;
  grantedAtMs: number;
  syncedAtMs: number;
  /** The highest threshold that was told. */
  toldThreshold: number;
};

/** A window of a rolling budget is counted in so many slots. */
const SLOTS_PER_WINDOW = 1_440;

/** When something that is held or under way may have come back. */
export const HELD_RETRY_MS = 1_000;

export function createAccount(name: AccountName): Account {
  return {
    name,
    limits: amountsOf(() => Number.POSITIVE_INFINITY),
    isBlocking: true,
    held: NOTHING,
    reserved: NOTHING,
    unwritten: new Map(),
    shared: { used: NOTHING, heldElsewhere: NOTHING, leaving: [] },
    waiting: NOTHING,
    usedAtMs: Number.NEGATIVE_INFINITY,
    grantedAtMs: Number.NEGATIVE_INFINITY,
    syncedAtMs: Number.NEGATIVE_INFINITY,
    toldThreshold: 0,
  };
}

/** What is used at `nowMs` counts in its slot until the slot's end has left the window. */
export function slotAt(window: AccountWindow, nowMs: number): Slot {
  if (window.kind === 'calendar') return { slotMs: window.startMs, leavesAtMs: window.endMs };
  const lengthMs = Math.ceil(window.ms / SLOTS_PER_WINDOW);
  const slotMs = Math.floor(nowMs / lengthMs) * lengthMs;
  return { slotMs, leavesAtMs: slotMs + lengthMs + window.ms };
}

export function addUse(account: Account, slot: Slot, used: Amounts): void {
  const before = account.unwritten.get(slot.slotMs)?.used ?? NOTHING;
  account.unwritten.set(slot.slotMs, { ...slot, used: plus(before, used) });
}

/** The batch has been written. */
export function forgetWritten(account: Account, written: readonly SlotUse[]): void {
  for (const { slotMs, used } of written) {
    const slot = account.unwritten.get(slotMs);
    if (slot === undefined) continue;
    const left = minus(slot.used, used);
    if (isNothing(left)) account.unwritten.delete(slotMs);
    else account.unwritten.set(slotMs, { ...slot, used: left });
  }
}

export function sumOf(uses: Iterable<SlotUse>): Amounts {
  let sum = NOTHING;
  for (const { used } of uses) sum = plus(sum, used);
  return sum;
}

/** What may be reserved at once. Negative where requests used more than they had reserved. */
export function freeOf(account: Account): Amounts {
  return minus(account.held, plus(account.reserved, sumOf(account.unwritten.values())));
}

export function hasRoom(account: Account, amounts: Amounts): boolean {
  if (!account.isBlocking) return true;
  const free = freeOf(account);
  return MEASURES.every((measure) => !Number.isFinite(account.limits[measure]) || amounts[measure] <= free[measure]);
}

/** Used in the window by all processes, as far as this one knows. */
export function usedOf(account: Account): Amounts {
  return plus(account.shared.used, sumOf(account.unwritten.values()));
}

/** As `usedOf`, with the requests under way: what they will cost is not known, that they are requests is. */
export function standingOf(account: Account): Amounts {
  const used = usedOf(account);
  return { ...used, requests: used.requests + account.reserved.requests };
}

/** What an account may keep ahead of need: less and less as the room in the window runs out. */
export function keepOf(account: Account): Amounts {
  const { limits, shared, held } = account;
  const ahead = aheadOf(limits);
  const free = freeOf(account);
  const room = minus(limits, plus(plus(shared.used, shared.heldElsewhere), held));
  return amountsOf((measure) => {
    // Without a limit nothing is kept.
    if (ahead[measure] === 0) return 0;
    return Math.min(ahead[measure], Math.max(0, Math.floor((room[measure] + Math.max(0, free[measure])) / 4)));
  });
}

/** Why the amounts have no room, and when they would have it if nothing more were used meanwhile. */
export type Lack =
  /** More than the limit itself. */
  | { readonly why: 'too_large'; readonly retryAfterMs: null }
  /** Nothing of what was used is in the way: requests under way are, or what another process holds. */
  | { readonly why: 'under_way'; readonly retryAfterMs: number }
  | { readonly why: 'used_up'; readonly retryAfterMs: number };

export function lackOf(account: Account, amounts: Amounts, nowMs: number): Lack {
  if (measuresAbove(amounts, account.limits).length > 0) return { why: 'too_large', retryAfterMs: null };
  const excess = minus(plus(usedOf(account), amounts), account.limits);
  if (MEASURES.every((measure) => excess[measure] <= 0)) return { why: 'under_way', retryAfterMs: HELD_RETRY_MS };
  return { why: 'used_up', retryAfterMs: msUntilLeft(account, excess, nowMs) };
}

function msUntilLeft({ shared, unwritten, name }: Account, excess: Amounts, nowMs: number): number {
  if (name.window.kind === 'calendar') return Math.max(1, name.window.endMs - nowMs);
  const leaving = [...shared.leaving, ...unwritten.values()].sort((left, right) => left.leavesAtMs - right.leavesAtMs);
  const atMs = roomAtMs(excess, leaving) ?? slotAt(name.window, nowMs).leavesAtMs;
  return Math.max(1, atMs - nowMs);
}
