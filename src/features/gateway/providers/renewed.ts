import type { Clock } from '#foundation/time';

/** Something that is good for a while. */
export type Lent<Value> = { readonly value: Value; readonly livesMs: number };

/** Keeps what is lent until shortly before its end, and asks for it once for all who wait. */
export type Renewed<Value> = {
  /** Rejects as `lend` does, unless what was lent before is still good. */
  get(id: string, lend: () => Promise<Lent<Value>>): Promise<Value>;
};

/** Before its end a thing is renewed, so that it does not end on its way. */
const RENEWED_BEFORE_MS = 300_000;
const KEPT_MAX = 64;

/** Times are of the monotonic clock. */
type Kept<Value> = { readonly value: Value; readonly renewAtMs: number; readonly endsAtMs: number };

export function createRenewed<Value>(clock: Clock): Renewed<Value> {
  const kept = new Map<string, Kept<Value>>();
  const awaited = new Map<string, Promise<Value>>();

  async function renew(id: string, lend: () => Promise<Lent<Value>>): Promise<Value> {
    const startedMs = clock.monotonicMs();
    try {
      const { value, livesMs } = await lend();
      const renewAtMs = startedMs + Math.max(livesMs - RENEWED_BEFORE_MS, livesMs / 2);
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(id, { value, renewAtMs, endsAtMs: startedMs + livesMs });
      return value;
    } catch (error) {
      const old = kept.get(id);
      if (old !== undefined && clock.monotonicMs() < old.endsAtMs) return old.value;
      throw error;
    } finally {
      awaited.delete(id);
    }
  }

  return {
    async get(id, lend) {
      const known = kept.get(id);
      if (known !== undefined && clock.monotonicMs() < known.renewAtMs) return known.value;
      let renewal = awaited.get(id);
      if (renewal === undefined) {
        renewal = renew(id, lend);
        awaited.set(id, renewal);
      }
      return await renewal;
    },
  };
}
