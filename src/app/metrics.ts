import { Counter, Gauge, Registry } from 'prom-client';
import type { GatewayStatus } from '#features/gateway/gateway';
import type { Reply } from '#foundation/http/exchange';
import type { AuditHealth, AuditMetrics } from '#governance/audit/audit';

/** The Prometheus page, made anew at each look: nothing is kept between two of them. */
export async function renderMetrics(audit: AuditMetrics, health: AuditHealth, gateway: GatewayStatus): Promise<Reply> {
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
  gauge('gateway_requests_in_flight', 'Model requests under way.', gateway.inFlightRequests);
  gauge('response_cache_entries', 'Answers kept for routes that cache them.', gateway.cache.entries);
  gauge('response_cache_bytes', 'Bytes of the answers kept.', gateway.cache.bytes);
  counter('response_cache_hits_total', 'Model requests answered from a cache.', gateway.cache.hits);
  counter('response_cache_misses_total', 'Model requests that a cache could not answer.', gateway.cache.misses);
  addUpstreams(registry, gateway.upstreams);
  return { status: 200, body: await registry.metrics(), contentType: registry.contentType };
}

/** One line for each upstream that was asked since the start. */
function addUpstreams(registry: Registry, upstreams: GatewayStatus['upstreams']): void {
  const labelNames = ['provider', 'endpoint'];
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `systemprompt_upstream_${name}`, help, labelNames, registers: [registry] });
  const available = gauge('available', '1 while requests are sent there, 0 while its circuit is open.');
  const inFlight = gauge('requests_in_flight', 'Model requests that are there now.');
  const failures = gauge('failures_in_a_row', 'Failures since the last success.');
  for (const { provider, endpoint, state, inFlight: requests, failuresInARow } of upstreams) {
    const labels = { provider, endpoint };
    available.set(labels, state === 'open' ? 0 : 1);
    inFlight.set(labels, requests);
    failures.set(labels, failuresInARow);
  }
}
