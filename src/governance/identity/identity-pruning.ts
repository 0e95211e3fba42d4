import { messageOf } from '#foundation/errors';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, every } from '#foundation/time';
import { deleteExpiredCredentials } from './credentials-store.ts';
import { deleteOldSessions } from './sessions-store.ts';

const PRUNE_INTERVAL_MS = 3_600_000;
/** Names of sessions that nobody used for so long are forgotten; sign-ins that ended or expired so long ago as well. */
const UNUSED_SESSION_KEPT_MS = 90 * 86_400_000;

/**
 * Forgets once an hour what can prove nothing any more. Deleting twice changes nothing, so every process of a
 * deployment may do it. What was recorded of these sessions stays in the audit tables.
 */
export function createIdentityPruning(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}): Part & { prune(): Promise<number> } {
  const { database, clock, logger } = deps;
  let stopPruning = () => {};

  async function prune(): Promise<number> {
    const nowMs = clock.nowMs();
    const credentials = await deleteExpiredCredentials(database, new Date(nowMs));
    return credentials + (await deleteOldSessions(database, new Date(nowMs - UNUSED_SESSION_KEPT_MS)));
  }

  async function pruneQuietly(): Promise<void> {
    try {
      const removed = await prune();
      if (removed > 0) logger.info({ removed }, 'expired credentials and unused sessions were removed');
    } catch (error) {
      logger.warn({ problem: messageOf(error) }, 'expired credentials could not be removed; the next hour tries again');
    }
  }

  return {
    name: 'identity pruning',
    start() {
      stopPruning = every(clock, PRUNE_INTERVAL_MS, pruneQuietly);
    },
    stop() {
      stopPruning();
    },
    prune,
  };
}
