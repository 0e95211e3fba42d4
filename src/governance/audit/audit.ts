import type { AuditRecord, RecordPosition } from './record.ts';

export type AuditHealth = {
  /** False once nothing durable can be written: every call is denied then. */
  readonly writable: boolean;
  readonly problem: string | null;
  readonly mode: 'strict' | 'bounded';
  /** Records in the journal that the database does not hold yet. */
  readonly undrainedRecords: number;
  readonly journalBytes: number;
};

/** The only writer of the journal and of the audit tables. */
export type Audit = {
  /**
   * Appends one record; resolves when it is durable as the mode promises. Rejects with `unavailable` when it cannot be
   * made durable, and then the effect must not start.
   */
  append(record: AuditRecord): Promise<RecordPosition>;
  /** Resolves when the database holds every record appended before the call; rejects with `timeout` after `timeoutMs`. */
  caughtUp(timeoutMs: number): Promise<void>;
  health(): AuditHealth;
};
