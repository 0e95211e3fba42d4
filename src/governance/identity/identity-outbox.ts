import { messageOf } from '#foundation/errors';
import type { JsonValue } from '#foundation/json';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, every } from '#foundation/time';
import type { EventRecord } from '#governance/audit/record';
import { deleteEvents, lockOldestEvents, type OutboxRow } from './identity-outbox-store.ts';

export type IdentityOutbox = Part & {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Moves everything that stands in the outbox now; rejects when the journal or the database does. */
  drain(): Promise<void>;
};

const BATCH = 200;
const RETRY_INTERVAL_MS = 5_000;
export const OUTBOX_CHANNEL = 'identity_outbox';

/**
 * Carries changes of identity from the database, where every process can leave them, into the audit journal of this
 * one. A row is deleted after the journal has it; a crash between the two records the event twice under one event id.
 */
export function createIdentityOutbox(deps: {
  readonly database: Database;
  readonly append: (record: EventRecord) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
}): IdentityOutbox {
  const { database, append, clock, logger } = deps;
  let draining: Promise<void> | undefined;
  let isAskedAgain = false;
  let stopListening: (() => Promise<void>) | undefined;
  let stopRetrying = () => {};

  function drain(): Promise<void> {
    // A row added while a drain runs may be behind its last batch, so one more run follows.
    isAskedAgain = true;
    draining ??= drainWhileAsked().finally(() => {
      draining = undefined;
    });
    return draining;
  }

  async function drainWhileAsked(): Promise<void> {
    while (isAskedAgain) {
      isAskedAgain = false;
      let moved: number;
      do moved = await drainBatch();
      while (moved === BATCH);
    }
  }

  function drainBatch(): Promise<number> {
    return database.transaction(async (transaction) => {
      const rows = await lockOldestEvents(transaction, BATCH);
      for (const row of rows) await append(recordOf(row));
      if (rows.length > 0)
        await deleteEvents(
          transaction,
          rows.map((row) => row.id),
        );
      return rows.length;
    });
  }

  function drainQuietly(): Promise<void> {
    return drain().catch((error: unknown) => {
      logger.warn({ problem: messageOf(error) }, 'identity events wait in the outbox');
    });
  }

  async function listenAndDrain(): Promise<void> {
    try {
      stopListening ??= await database.listen(OUTBOX_CHANNEL, () => void drainQuietly());
    } catch (error) {
      logger.warn({ problem: messageOf(error) }, 'the outbox of identity events is not heard yet');
    }
    await drainQuietly();
  }

  return {
    name: 'identity outbox',
    async start() {
      await listenAndDrain();
      stopRetrying = every(clock, RETRY_INTERVAL_MS, listenAndDrain);
    },
    async stop() {
      stopRetrying();
      await stopListening?.();
      await drainQuietly();
    },
    drain,
  };
}

function recordOf(row: OutboxRow): EventRecord {
  const detail: JsonValue = { ...row.detail, event_id: row.event_id };
  const column = (name: string) => row.correlation[name] ?? 'unknown';
  return {
    kind: 'event',
    at_ms: row.at.getTime(),
    tenant_id: row.tenant_id,
    user_id: column('user_id'),
    session_id: column('session_id'),
    task_id: column('task_id'),
    trace_id: column('trace_id'),
    context_id: column('context_id'),
    client_id: column('client_id'),
    event: { type: 'identity', name: row.name, subject_user_id: row.subject_user_id, detail },
  };
}
