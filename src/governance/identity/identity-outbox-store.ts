/** All SQL on the outbox of identity events. */
import type { JsonObject } from '#foundation/json';
import type { Database } from '#foundation/postgres/database';
import type { IdentityEvent } from './identity-event.ts';

export type OutboxRow = {
  readonly id: number;
  readonly event_id: string;
  readonly at: Date;
  readonly tenant_id: string;
  readonly correlation: Readonly<Record<string, string>>;
  readonly name: string;
  readonly subject_user_id: string;
  readonly detail: JsonObject;
};

export async function insertOutboxEvent(database: Database, event: IdentityEvent): Promise<void> {
  const { userId, sessionId, taskId, traceId, contextId, clientId } = event.correlation;
  const correlation = {
    user_id: userId,
    session_id: sessionId,
    task_id: taskId,
    trace_id: traceId,
    context_id: contextId,
    client_id: clientId,
  };
  await database.query(
    `INSERT INTO identity_outbox (event_id, at, tenant_id, correlation, name, subject_user_id, detail)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [event.eventId, new Date(event.atMs), event.tenantId, correlation, event.name, event.subjectUserId, event.detail],
  );
}

/** The oldest rows that no other process is taking; they stay locked until the transaction ends. */
export function lockOldestEvents(transaction: Database, limit: number): Promise<readonly OutboxRow[]> {
  return transaction.query<OutboxRow>(
    `SELECT id, event_id, at, tenant_id, correlation, name, subject_user_id, detail
     FROM identity_outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  );
}

export async function deleteEvents(transaction: Database, ids: readonly number[]): Promise<void> {
  await transaction.query('DELETE FROM identity_outbox WHERE id = ANY ($1::bigint[])', [ids]);
}
