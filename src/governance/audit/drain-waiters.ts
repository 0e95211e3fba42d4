import type { Clock } from '#foundation/time';

type Waiter = { readonly target: number; readonly resolve: () => void; readonly cancel: () => void };

/** Readers that wait until the database holds what they want to see. */
export class DrainWaiters {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves once `settle` reaches `target`; rejects with what `lateError` makes after `timeoutMs`. */
  add(target: number, timeoutMs: number, lateError: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => {
        this.#waiters.delete(waiter);
        reject(lateError());
      });
      const waiter: Waiter = { target, resolve, cancel };
      this.#waiters.add(waiter);
    });
  }

  /** `headSeq` stands below a target whose record was refused by a full disk after all: there is nothing to wait for. */
  settle(drainedSeq: number, headSeq: number): void {
    for (const waiter of this.#waiters) {
      if (drainedSeq < Math.min(waiter.target, headSeq)) continue;
      this.#waiters.delete(waiter);
      waiter.cancel();
      waiter.resolve();
    }
  }

  isEmpty(): boolean {
    return this.#waiters.size === 0;
  }
}
