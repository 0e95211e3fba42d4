import { OperatingError } from '#foundation/errors';
import type { AuditConfig } from './config.ts';
import { unwritable } from './journal-error.ts';
import type { AuditRecord } from './record.ts';

/** What already lies on the disk and what waits for it. */
export type JournalLoad = {
  readonly journalBytes: number;
  readonly pendingRecords: number;
  readonly pendingBytes: number;
};

/** The share of the quota that only outcomes may use: what was allowed must still be closed. */
const OUTCOME_RESERVE = 0.05;

/** Why a record of this length may not join the queue now, or undefined. */
export function refusalFor(
  kind: AuditRecord['kind'],
  bytes: number,
  load: JournalLoad,
  config: AuditConfig,
): OperatingError | undefined {
  if (bytes > config.record_bytes_max) {
    const message = `a record of ${bytes} bytes exceeds audit.record_bytes_max (${config.record_bytes_max})`;
    return new OperatingError('too_large', 'audit_record_too_large', message, {
      where: `${kind} record`,
      remedy: 'send less in one call, or raise audit.record_bytes_max',
    });
  }
  if (load.journalBytes + load.pendingBytes + bytes > quotaFor(kind, config)) {
    const remedy = 'bring the database back, or raise audit.quota_bytes; `systemprompt doctor` says which';
    return unwritable('journal_full', quotaProblem(config), remedy);
  }
  if (load.pendingRecords >= config.pending_records_max || load.pendingBytes + bytes > config.pending_bytes_max) {
    const message = `${load.pendingRecords} records (${load.pendingBytes} bytes) already wait for the disk`;
    return unwritable('journal_busy', message, 'try again in a second; a faster disk takes more');
  }
  return undefined;
}

/** Longer than nearly every decision; with less room than this the next one is refused. */
const DECISION_BYTES_USUAL = 4_096;

/** The problem that refuses decisions by quota, or null while there is room for one of the usual length. */
export function quotaProblemOf(load: JournalLoad, config: AuditConfig): string | null {
  const bytes = load.journalBytes + load.pendingBytes + DECISION_BYTES_USUAL;
  return bytes > quotaFor('decision', config) ? quotaProblem(config) : null;
}

function quotaFor(kind: AuditRecord['kind'], config: AuditConfig): number {
  return kind === 'outcome' ? config.quota_bytes : Math.floor(config.quota_bytes * (1 - OUTCOME_RESERVE));
}

function quotaProblem(config: AuditConfig): string {
  return `the audit journal has used its ${config.quota_bytes} bytes of disk (audit.quota_bytes): the database takes no records`;
}
