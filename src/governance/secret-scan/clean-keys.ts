import type { KnownValues } from './known-values.ts';

/**
 * Keys that held no secret when they were scanned, and whether they name one. The same few keys come with every call.
 * Bounded in number and length; forgotten when the known values change, since a key may have become one.
 */
export type CleanKeys = {
  /** Whether the key names a secret; undefined when it has not been scanned. */
  get(key: string): boolean | undefined;
  add(key: string, naming: boolean): void;
};

const KEYS_MAX = 1_024;
const KEY_LENGTH_MAX = 48;

export function createCleanKeys(knownValues: KnownValues): CleanKeys {
  const keys = new Map<string, boolean>();
  let generation = knownValues.generation;
  return {
    get(key) {
      if (generation !== knownValues.generation) {
        generation = knownValues.generation;
        keys.clear();
      }
      return keys.get(key);
    },
    add(key, naming) {
      if (key.length > KEY_LENGTH_MAX) return;
      if (keys.size >= KEYS_MAX) keys.clear();
      keys.set(key, naming);
    },
  };
}
