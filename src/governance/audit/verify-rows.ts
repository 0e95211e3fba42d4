/**
 * What each table must hold for a record, worked out here a second time and independently of the SQL that filled it.
 */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { recordId } from './record.ts';
import type { Problems } from './verify-report.ts';
import type { DerivedRow, VerifiedTable } from './verify-store.ts';

export type VerifiedRecord = { readonly seq: number; readonly record: JsonObject };

type Columns = Readonly<Record<string, JsonValue | undefined>>;

const CORRELATION = ['user_id', 'session_id', 'task_id', 'trace_id', 'context_id', 'client_id'];

const DECISION = [
  ...CORRELATION,
  ...['agent_id', 'agent_scope', 'plugin_id', 'tool_name', 'decision', 'policy', 'reason'],
  ...['evaluated_rules', 'call_kind'],
];
const OUTCOME = ['decision_id', 'request_id', 'tenant_id', 'status', 'error', 'latency_ms'];
const MODEL_REQUEST = [
  ...['provider', 'requested_model', 'served_model', 'route', 'upstream_request_id', 'http_status', 'is_streaming'],
  ...['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens'],
  ...['reasoning_tokens', 'cost_microdollars', 'price_source', 'ttft_ms', 'stop_reason', 'details'],
];
const TOOL_CALL = [
  ...['server', 'tool_name', 'tool_use_id', 'method', 'transport', 'child_pid', 'is_error', 'input', 'output'],
  ...['input_bytes', 'output_bytes'],
];

/** The row that the record stands for in the table, or undefined when it stands for none there. */
export function expectedRow(table: VerifiedTable, { seq, record }: VerifiedRecord): Columns | undefined {
  const effect = isJsonObject(record.effect) ? record.effect : undefined;
  const base = { seq, created_at_ms: record.at_ms };
  const whole = { ...base, ...pick(record, CORRELATION), ...pick(record, OUTCOME) };
  switch (table) {
    case 'governance_decisions':
      return record.kind === 'decision' ? { ...base, ...pick(record, DECISION) } : undefined;
    case 'audit_outcomes':
      return record.kind === 'outcome' ? { ...base, ...pick(record, OUTCOME), effect_type: effect?.type } : undefined;
    case 'ai_requests':
      return effect?.type === 'model_request' ? { ...whole, ...pick(effect, MODEL_REQUEST) } : undefined;
    case 'mcp_tool_executions':
      return effect?.type === 'tool_call' ? { ...whole, ...pick(effect, TOOL_CALL) } : undefined;
  }
}

/** Compares the rows of one page of records. `rows` are all rows of the table whose ids fall into the page. */
export function verifyRows(
  table: VerifiedTable,
  logId: string,
  records: readonly VerifiedRecord[],
  rows: readonly DerivedRow[],
  problems: Problems,
): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const verified of records) {
    const expected = expectedRow(table, verified);
    const row = byId.get(recordId(logId, verified.seq));
    byId.delete(recordId(logId, verified.seq));
    if (expected === undefined) {
      if (row !== undefined)
        problems.add('row_added', logId, verified.seq, `${table} has a row that its record does not make`);
    } else if (row === undefined) {
      problems.add('row_missing', logId, verified.seq, `its row in ${table} is missing`);
    } else {
      const column = Object.keys(expected).find((name) => !isSame(row[name], expected[name]));
      if (column !== undefined) {
        problems.add('row_changed', logId, verified.seq, `${table}.${column} is not what its record says`);
      }
    }
  }
  for (const [id, row] of byId) {
    const seq = typeof row.seq === 'number' ? row.seq : null;
    problems.add('row_added', logId, seq, `${table} has a row ${id} without a record`);
  }
}

function pick(source: JsonObject, names: readonly string[]): Columns {
  return Object.fromEntries(names.map((name) => [name, source[name]]));
}

function isSame(stored: unknown, expected: JsonValue | undefined): boolean {
  if (expected === undefined || expected === null) return stored === null || stored === undefined;
  if (typeof expected !== 'object') return stored === expected;
  return canonicalJson(toJson(stored)) === canonicalJson(expected);
}

/** What the driver parsed from a jsonb column is JSON; anything else is no match for an object. */
function toJson(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(toJson);
  if (isJsonObject(value)) return value;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
