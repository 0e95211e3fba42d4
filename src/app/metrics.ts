import { Counter, Gauge, Registry } from 'prom-client';
import type { Reply } from '#foundation/http/exchange';
import type { AuditHealth, AuditMetrics } from '#governance/audit/audit';

/** The Prometheus page, made anew at each look: nothing is kept between two of them. */
export async function renderMetrics(audit: AuditMetrics, health: AuditHealth): Promise<Reply> {
  const registry = new Registry();
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name: `systemprompt_${name}`, help, registers: [registry] }).set(value);
  const counter = (name: string, help: string, value: number) =>
    new Counter({ name: `systemprompt_${name}`, help, registers: [registry] }).inc(value);
  gauge('audit_writable', '1 while decisions can be made durable.', health.writable ? 1 : 0);
  gauge('audit_undrained_records', 'Records that the database does not hold yet.', audit.undrainedRecords);
  gauge('audit_journal_bytes', 'Bytes of the journal on disk.', audit.journalBytes);
  gauge('audit_pending_records', 'Records that wait for the disk.', audit.pendingRecords);
  gauge('audit_open_decisions', 'Allowed calls whose outcome is not recorded yet.', audit.openDecisions);
  gauge('audit_signed_records', 'Records under a signed checkpoint.', audit.signedRecords);
  gauge('database_up', '1 while the drainer reaches the database.', audit.isDatabaseAway ? 0 : 1);
  gauge('resident_memory_bytes', 'Resident memory of this process.', process.memoryUsage.rss());
  counter('audit_appended_records_total', 'Records appended to the journal.', audit.appendedRecords);
  counter(
    'audit_refused_records_total',
    'Records that could not be made durable; their calls were denied.',
    audit.refusedRecords,
  );
  counter('audit_groups_total', 'Groups of records that one sync of the disk made durable.', audit.groups);
  counter('audit_drain_failures_total', 'Attempts to copy records to the database that failed.', audit.failures);
  return { status: 200, body: await registry.metrics(), contentType: registry.contentType };
}
