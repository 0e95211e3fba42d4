import type { IdSource } from '#foundation/ids';
import type { JsonObject } from '#foundation/json';
import type { Database } from '#foundation/postgres/database';
import type { Correlation } from './correlation.ts';
import { insertOutboxEvent } from './identity-outbox-store.ts';

/** The ten things that happen to an identity. */
export const IDENTITY_EVENT_NAMES = [
  'created',
  'updated',
  'role_changed',
  'suspended',
  'deleted',
  'credential_issued',
  'credential_revoked',
  'session_started',
  'session_ended',
  'sign_in_failed',
] as const;

export type IdentityEventName = (typeof IDENTITY_EVENT_NAMES)[number];

export type IdentityEvent = {
  /** Names the event wherever it is recorded, also if a crash records it twice. */
  readonly eventId: string;
  readonly atMs: number;
  readonly tenantId: string;
  readonly name: IdentityEventName;
  /** Whose identity changed. */
  readonly subjectUserId: string;
  /** Who changed it, and in which context. */
  readonly correlation: Correlation;
  /** Never a credential: prefixes, token ids, names. */
  readonly detail: JsonObject;
};

export type NewIdentityEvent = Pick<IdentityEvent, 'name' | 'tenantId' | 'subjectUserId' | 'detail'>;

export type Recorder = (event: NewIdentityEvent) => Promise<void>;

export type IdentityChangeDeps = {
  readonly database: Database;
  readonly clock: { nowMs(): number };
  readonly ids: IdSource;
  /** On whose behalf the changes are made. */
  readonly actor: Correlation;
  /** Told after the change is committed. */
  readonly onEvent?: ((event: IdentityEvent) => void) | undefined;
};

/** Changes identity and puts its events into the outbox in one transaction: neither is ever there without the other. */
export async function changeIdentity<T>(
  deps: IdentityChangeDeps,
  change: (transaction: Database, record: Recorder) => Promise<T>,
): Promise<T> {
  const events: IdentityEvent[] = [];
  const result = await deps.database.transaction((transaction) =>
    change(transaction, async (event) => {
      const whole = { ...event, eventId: deps.ids.uuid(), atMs: deps.clock.nowMs(), correlation: deps.actor };
      await insertOutboxEvent(transaction, whole);
      events.push(whole);
    }),
  );
  for (const event of events) deps.onEvent?.(event);
  return result;
}
