import { type Amounts, isNothing, NOTHING, plus } from './amounts.ts';
import {
  type AccountUsage,
  type BudgetStore,
  HOLD_MS,
  type LineReply,
  type Slot,
  type SlotUse,
  type SyncLine,
} from './budget-store.ts';
import { grant } from './grant.ts';

type Member = { incarnation: number; batch: number; heardAtMs: number };

type StoredAccount = {
  readonly budgetId: string;
  readonly value: string;
  readonly uses: Map<number, SlotUse>;
  readonly holds: Map<string, { readonly held: Amounts; readonly slot: Slot }>;
};

/** The store of processes that live in one address space: for tests, and where there is no database to share. */
export function createMemoryBudgetStore(): BudgetStore {
  const members = new Map<string, Member>();
  const accounts = new Map<string, StoredAccount>();

  function addUse({ uses }: StoredAccount, slot: Slot, used: Amounts): void {
    uses.set(slot.slotMs, { ...slot, used: plus(uses.get(slot.slotMs)?.used ?? NOTHING, used) });
  }

  function countHeld(processId: string): void {
    for (const account of accounts.values()) {
      const hold = account.holds.get(processId);
      if (hold === undefined) continue;
      addUse(account, hold.slot, hold.held);
      account.holds.delete(processId);
    }
  }

  function countLost(nowMs: number): void {
    for (const [processId, { heardAtMs }] of members) {
      if (nowMs - heardAtMs < HOLD_MS) continue;
      countHeld(processId);
      members.delete(processId);
    }
  }

  function accountOf({ key, budgetId, value }: SyncLine): StoredAccount {
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const made = { budgetId, value, uses: new Map(), holds: new Map() };
    accounts.set(key, made);
    return made;
  }

  function reply(line: SyncLine, processId: string, nowMs: number): LineReply {
    const account = accountOf(line);
    const inWindow = [...account.uses.values()].filter(({ leavesAtMs }) => leavesAtMs > nowMs);
    const used = inWindow.reduce((sum, use) => plus(sum, use.used), NOTHING);
    let heldElsewhere = NOTHING;
    for (const [holder, { held }] of account.holds) {
      if (holder !== processId) heldElsewhere = plus(heldElsewhere, held);
    }
    const held = plus(line.held, grant({ ...line, used, held: plus(heldElsewhere, line.held) }));
    if (isNothing(held)) account.holds.delete(processId);
    else account.holds.set(processId, { held, slot: line.slot });
    const leaving = inWindow.sort((left, right) => left.leavesAtMs - right.leavesAtMs);
    return { key: line.key, held, used, heldElsewhere, leaving: isNothing(line.needs) ? [] : leaving };
  }

  return {
    async join(processId, nowMs) {
      const incarnation = (members.get(processId)?.incarnation ?? 0) + 1;
      countHeld(processId);
      members.set(processId, { incarnation, batch: 0, heardAtMs: nowMs });
      return { incarnation };
    },
    async sync({ processId, incarnation, batch, nowMs, lines }) {
      const member = members.get(processId);
      if (member === undefined) return 'unknown';
      if (member.incarnation !== incarnation) return 'replaced';
      const isNew = batch > member.batch;
      Object.assign(member, { batch, heardAtMs: nowMs });
      countLost(nowMs);
      if (isNew) {
        for (const line of lines) for (const use of line.used) addUse(accountOf(line), use, use.used);
      }
      return { lines: lines.map((line) => reply(line, processId, nowMs)) };
    },
    async leave(processId, incarnation) {
      if (members.get(processId)?.incarnation !== incarnation) return;
      for (const { holds } of accounts.values()) holds.delete(processId);
      members.delete(processId);
    },
    async read(budgetId, nowMs) {
      return [...accounts].flatMap(([key, account]): AccountUsage[] => {
        if (budgetId !== undefined && account.budgetId !== budgetId) return [];
        const inWindow = [...account.uses.values()].filter(({ leavesAtMs }) => leavesAtMs > nowMs);
        const held = [...account.holds.values()].reduce((sum, hold) => plus(sum, hold.held), NOTHING);
        if (inWindow.length === 0 && isNothing(held)) return [];
        const used = inWindow.reduce((sum, use) => plus(sum, use.used), NOTHING);
        const leavesAtMs = Math.max(nowMs, ...inWindow.map((use) => use.leavesAtMs));
        return [{ budgetId: account.budgetId, key, value: account.value, used, held, leavesAtMs }];
      });
    },
    async prune(nowMs) {
      for (const { uses } of accounts.values()) {
        for (const [slotMs, { leavesAtMs }] of uses) if (leavesAtMs <= nowMs) uses.delete(slotMs);
      }
    },
    async reset(budgetId, value) {
      let count = 0;
      for (const account of accounts.values()) {
        if (account.budgetId !== budgetId || (value !== undefined && account.value !== value)) continue;
        if (account.uses.size > 0) count++;
        account.uses.clear();
      }
      return count;
    },
  };
}
