import { type Account, createAccount } from './account.ts';
import type { AccountName } from './account-of.ts';
import { isNothing, type Limits } from './amounts.ts';

/** The accounts in use, at most `accountsMax` of them; those that rest are forgotten, since the store has them. */
export type AccountBook = {
  /** Undefined when `accountsMax` accounts are all in use. */
  ensure(name: AccountName, limits: Limits, isBlocking: boolean): Account | undefined;
  /** Looks at some accounts and forgets those at rest. */
  sweep(nowMs: number): void;
  size(): number;
};

const REST_MS = 600_000;
const LOOKED_AT = 500;

export function createAccountBook(accountsMax: number): AccountBook {
  const accounts = new Map<string, Account>();
  let place = accounts.entries();

  /** Makes room for one more among the oldest, as soon as one of them is not in use. */
  function evictOne(): boolean {
    let looked = 0;
    for (const [key, account] of accounts) {
      if (isUnused(account)) return accounts.delete(key);
      if (++looked === LOOKED_AT) return false;
    }
    return false;
  }

  return {
    ensure(name, limits, isBlocking) {
      let account = accounts.get(name.key);
      if (account === undefined) {
        if (accounts.size >= accountsMax && !evictOne()) return undefined;
        account = createAccount(name);
        accounts.set(name.key, account);
      }
      account.limits = limits;
      account.isBlocking = isBlocking;
      return account;
    },
    sweep(nowMs) {
      for (let looked = 0; looked < LOOKED_AT; looked++) {
        const next = place.next();
        if (next.done === true) {
          place = accounts.entries();
          return;
        }
        const [key, account] = next.value;
        if (nowMs - account.usedAtMs > REST_MS && isUnused(account)) accounts.delete(key);
      }
    },
    size: () => accounts.size,
  };
}

function isUnused({ held, reserved, waiting, unwritten }: Account): boolean {
  return unwritten.size === 0 && isNothing(held) && isNothing(reserved) && isNothing(waiting);
}
