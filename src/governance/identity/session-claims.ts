import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import { claimSessions, type SessionClaim, type SessionOwner } from './sessions-store.ts';

const BATCH_MAX = 500;
const WAITING_MAX = 10_000;
const WAIT_MS_MAX = 1_000;

type Waiting = { readonly claim: SessionClaim; readonly settle: (owner: SessionOwner | undefined) => void };

export type SessionClaims = {
  /** Whose the session is now; undefined when nobody can say within a second. */
  claim(wanted: Omit<SessionClaim, 'at'>): Promise<SessionOwner | undefined>;
};

/** Claims that arrive while one statement runs go together in the next. */
export function createSessionClaims(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}): SessionClaims {
  const { database, clock, logger } = deps;
  let waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX);
      waiting = waiting.slice(BATCH_MAX);
      const owners = await ownersOf(batch);
      for (const { claim, settle } of batch) settle(owners.get(claim.id));
    }
    isRunning = false;
  }

  async function ownersOf(batch: readonly Waiting[]): Promise<ReadonlyMap<string, SessionOwner>> {
    try {
      const owners = await claimSessions(
        database,
        batch.map(({ claim }) => claim),
      );
      return new Map(owners.map((owner) => [owner.id, owner]));
    } catch (error) {
      logger.warn({ problem: messageOf(error) }, 'sessions could not be claimed');
      return new Map();
    }
  }

  return {
    claim(wanted) {
      if (waiting.length >= WAITING_MAX) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const cancel = clock.after(WAIT_MS_MAX, () => resolve(undefined));
        const settle = (owner: SessionOwner | undefined) => {
          cancel();
          resolve(owner);
        };
        waiting.push({ claim: { ...wanted, at: new Date(clock.nowMs()) }, settle });
        if (!isRunning) void run();
      });
    },
  };
}
