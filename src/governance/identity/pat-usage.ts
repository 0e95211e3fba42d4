import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, every } from '#foundation/time';
import { touchPats } from './credentials-store.ts';

const FLUSH_INTERVAL_MS = 30_000;
const PENDING_MAX = 10_000;

/** Writes down when tokens were last used, in batches: a use costs one entry in a map. What a crash loses is a date. */
export function createPatUsage(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}): Part & { note(prefix: string): void; flush(): Promise<void> } {
  const { database, clock, logger } = deps;
  let pending = new Map<string, number>();
  let stopFlushing = () => {};

  async function flush(): Promise<void> {
    if (pending.size === 0) return;
    const uses = pending;
    pending = new Map();
    await touchPats(database, uses).catch((error: unknown) => {
      logger.debug({ err: error }, 'the last uses of tokens were not written down');
    });
  }

  return {
    name: 'token usage',
    start() {
      stopFlushing = every(clock, FLUSH_INTERVAL_MS, flush);
    },
    async stop() {
      stopFlushing();
      await flush();
    },
    note(prefix) {
      if (pending.size < PENDING_MAX || pending.has(prefix)) pending.set(prefix, clock.nowMs());
    },
    flush,
  };
}
