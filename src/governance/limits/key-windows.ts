import { addCall, type CallTimes, countCalls, createCallTimes } from './call-times.ts';

/** The counted calls of one key in this process. */
export type KeyWindow = {
  readonly times: CallTimes;
  /** The limit of the latest call; a role that changes changes it. */
  limit: number;
};

/**
 * The windows of every key in use, at most `keysMax` of them. After each new key a sweep looks at a few of the others
 * and forgets those without a counted call, so what is kept follows what is used.
 */
export type KeyWindows = {
  get(key: string): KeyWindow | undefined;
  /** The window of `key`, made when there is none; undefined when `keysMax` keys are all in use. */
  ensure(key: string, limit: number): KeyWindow | undefined;
  /** Forgets a few idle keys if keys came since; never called between `ensure` and the counting of the call. */
  sweep(nowMs: number, windowMs: number): void;
  entries(): IterableIterator<[string, KeyWindow]>;
  size(): number;
};

const LOOKED_AT_PER_NEW_KEY = 4;

/** `onNew` fills a window that was just made. */
export function createKeyWindows(keysMax: number, onNew: (window: KeyWindow) => void): KeyWindows {
  const windows = new Map<string, KeyWindow>();
  let sweep = windows.entries();
  let newKeys = 0;

  function forgetIdle(nowMs: number, windowMs: number): void {
    newKeys--;
    for (let looked = 0; looked < LOOKED_AT_PER_NEW_KEY; looked++) {
      let next = sweep.next();
      if (next.done === true) {
        sweep = windows.entries();
        next = sweep.next();
        if (next.done === true) return;
      }
      const [key, { times }] = next.value;
      if (countCalls(times, nowMs, windowMs) === 0) windows.delete(key);
    }
  }

  return {
    get: (key) => windows.get(key),
    ensure(key, limit) {
      const known = windows.get(key);
      if (known !== undefined) {
        known.limit = limit;
        return known;
      }
      newKeys++;
      if (windows.size >= keysMax) return undefined;
      const window = { times: createCallTimes(), limit };
      onNew(window);
      windows.set(key, window);
      return window;
    },
    sweep(nowMs, windowMs) {
      if (newKeys > 0) forgetIdle(nowMs, windowMs);
    },
    entries: () => windows.entries(),
    size: () => windows.size,
  };
}

/** Counts `used` calls at `atMs`. */
export function addCalls(times: CallTimes, used: number, atMs: number): void {
  for (let index = 0; index < used; index++) addCall(times, atMs);
}
