import type { Amounts, Limits } from './amounts.ts';

/**
 * What several processes agree on, so that together they never pass a budget. A process spends only what it holds;
 * what all of them hold and what was used in the window together never exceed the limit, but by what a request used
 * above its own estimate.
 */
export type BudgetStore = {
  /** Enters the process. What its former life still held counts as used: its requests may have been answered. */
  join(processId: string, nowMs: number): Promise<{ readonly incarnation: number }>;
  /** `replaced` when another process entered under the same id, `unknown` when the place was given up for lost. */
  sync(request: SyncRequest): Promise<SyncReply | 'replaced' | 'unknown'>;
  /** Leaves in order: everything used is written, nothing is held any more. */
  leave(processId: string, incarnation: number): Promise<void>;
  /** The accounts of a budget, or of all, that used something in their window. */
  read(budgetId: string | undefined, nowMs: number): Promise<readonly AccountUsage[]>;
  /** Forgets what left its window before `nowMs`. */
  prune(nowMs: number): Promise<void>;
  /** Forgets what was used; returns how many accounts. What is under way is counted when it ends. */
  reset(budgetId: string, value: string | undefined): Promise<number>;
};

/** Uses of one slot of time count together and leave the window together. A calendar window is one slot. */
export type Slot = { readonly slotMs: number; readonly leavesAtMs: number };

export type SlotUse = Slot & { readonly used: Amounts };

export type SyncLine = {
  readonly key: string;
  readonly budgetId: string;
  readonly value: string;
  readonly limits: Limits;
  /** Used since the batch before. */
  readonly used: readonly SlotUse[];
  /** What the process confines itself to, less what `used` says. */
  readonly held: Amounts;
  /** What it needs on top now, and what it would like ahead of need. */
  readonly needs: Amounts;
  readonly ahead: Amounts;
  /** Where what is held counts when the process is lost. */
  readonly slot: Slot;
};

export type SyncRequest = {
  readonly processId: string;
  readonly incarnation: number;
  /** Numbers the batches: one that was written and whose answer was lost is not written again. */
  readonly batch: number;
  readonly nowMs: number;
  readonly lines: readonly SyncLine[];
};

export type LineReply = {
  readonly key: string;
  readonly held: Amounts;
  /** By all processes, in the window of `nowMs`. */
  readonly used: Amounts;
  readonly heldElsewhere: Amounts;
  /** When what was used leaves the window, earliest first; only where the needs were not met. */
  readonly leaving: readonly SlotUse[];
};

export type SyncReply = { readonly lines: readonly LineReply[] };

export type AccountUsage = {
  readonly budgetId: string;
  readonly key: string;
  readonly value: string;
  readonly used: Amounts;
  /** Held by processes, for requests under way and ahead of need. */
  readonly held: Amounts;
  /** When everything counted now has left the window. */
  readonly leavesAtMs: number;
};

/** How long a process may go without reaching the store until what it held counts as used and is lost to it. */
export const HOLD_MS = 3_600_000;

/** Earlier than that a process itself stops spending what it held. */
export const HOLD_MARGIN_MS = 60_000;
