/**
 * The statement that takes a batch apart. $1 log id, $2 number of the first record, $3 the records, one a line.
 *
 * A record that is already there is left alone, and nothing is read from it again: so a batch may come twice, and a
 * row that was removed from one of the tables by force is not put back in silence.
 */
const INCOMING = `
incoming AS MATERIALIZED (
  SELECT
    $2::bigint + line.ordinality - 1 AS seq,
    line.record,
    line.record::jsonb AS body
  FROM string_to_table($3::text, E'\\n') WITH ORDINALITY AS line (record, ordinality)
),
inserted AS (
  INSERT INTO audit_records (log_id, seq, kind, record, leaf_hash)
  SELECT $1, seq, body ->> 'kind', record, sha256('\\x00'::bytea || convert_to(record, 'UTF8')) FROM incoming
  ON CONFLICT DO NOTHING
  RETURNING seq
)`;

/** The six ids, as columns and as members of a record. */
const CORRELATION = 'user_id, session_id, task_id, trace_id, context_id, client_id';
const CORRELATION_TYPES = CORRELATION.replaceAll(/(\w+)/g, '$1 text');

export const INGEST_RECORDS = `
WITH ${INCOMING},
fresh AS MATERIALIZED (
  SELECT
    $1 || '-' || lpad(seq::text, greatest(12, length(seq::text)), '0') AS id,
    seq,
    timestamptz 'epoch' + (body ->> 'at_ms')::double precision * interval '1 millisecond' AS created_at,
    body ->> 'kind' AS kind,
    coalesce(body -> 'effect' ->> 'type', body -> 'event' ->> 'type') AS type,
    body
  FROM incoming JOIN inserted USING (seq)
),
decisions AS (
  INSERT INTO governance_decisions (id, seq, created_at, ${CORRELATION}, agent_id, agent_scope, plugin_id,
    tool_name, decision, policy, reason, evaluated_rules, call_kind)
  SELECT id, seq, created_at, r.*
  FROM fresh, jsonb_to_record(body) AS r (${CORRELATION_TYPES}, agent_id text, agent_scope text, plugin_id text,
    tool_name text, decision text, policy text, reason text, evaluated_rules jsonb, call_kind text)
  WHERE kind = 'decision'
  ON CONFLICT DO NOTHING
),
outcomes AS (
  INSERT INTO audit_outcomes (id, seq, created_at, decision_id, request_id, tenant_id, status, error, latency_ms,
    effect_type)
  SELECT id, seq, created_at, r.*, type
  FROM fresh, jsonb_to_record(body) AS r (decision_id text, request_id text, tenant_id text, status text, error text,
    latency_ms double precision)
  WHERE kind = 'outcome'
  ON CONFLICT DO NOTHING
),
model_requests AS (
  INSERT INTO ai_requests (id, seq, created_at, ${CORRELATION}, tenant_id, request_id, decision_id, latency_ms,
    status, error, provider, requested_model, served_model, route, upstream_request_id, http_status, is_streaming,
    input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens,
    cost_microdollars, price_source, ttft_ms, stop_reason, details)
  SELECT id, seq, created_at, r.*, e.*
  FROM fresh,
    jsonb_to_record(body) AS r (${CORRELATION_TYPES}, tenant_id text, request_id text, decision_id text,
      latency_ms double precision, status text, error text),
    jsonb_to_record(body -> 'effect') AS e (provider text, requested_model text, served_model text, route text,
      upstream_request_id text, http_status integer, is_streaming boolean, input_tokens bigint, output_tokens bigint,
      cache_read_tokens bigint, cache_write_5m_tokens bigint, cache_write_1h_tokens bigint, reasoning_tokens bigint,
      cost_microdollars bigint, price_source text, ttft_ms double precision, stop_reason text,
      details jsonb)
  WHERE kind = 'outcome' AND type = 'model_request'
  ON CONFLICT DO NOTHING
),
messages AS (
  INSERT INTO ai_request_messages (ai_request_id, sequence, role, content)
  SELECT id, item.ordinality - 1, item.value ->> 'role', coalesce(item.value -> 'content', 'null')
  FROM fresh, jsonb_array_elements(body -> 'effect' -> 'messages') WITH ORDINALITY AS item (value, ordinality)
  WHERE kind = 'outcome' AND type = 'model_request'
  ON CONFLICT DO NOTHING
),
tool_calls AS (
  INSERT INTO ai_request_tool_calls (ai_request_id, sequence, tool_use_id, tool_name, input)
  SELECT id, item.ordinality - 1, item.value ->> 'tool_use_id', item.value ->> 'tool_name',
    coalesce(item.value -> 'input', 'null')
  FROM fresh, jsonb_array_elements(body -> 'effect' -> 'tool_calls') WITH ORDINALITY AS item (value, ordinality)
  WHERE kind = 'outcome' AND type = 'model_request'
  ON CONFLICT DO NOTHING
),
payloads AS (
  INSERT INTO ai_request_payloads (ai_request_id, request_text, request_bytes, request_sha256, request_truncated,
    response_text, response_bytes, response_sha256, response_truncated)
  SELECT id, request.*, response.*
  FROM fresh,
    jsonb_to_record(body -> 'effect' -> 'payload' -> 'request')
      AS request (text text, bytes bigint, sha256 text, truncated boolean),
    jsonb_to_record(body -> 'effect' -> 'payload' -> 'response')
      AS response (text text, bytes bigint, sha256 text, truncated boolean)
  WHERE kind = 'outcome' AND type = 'model_request' AND jsonb_typeof(body -> 'effect' -> 'payload') = 'object'
  ON CONFLICT DO NOTHING
),
tool_executions AS (
  INSERT INTO mcp_tool_executions (id, seq, created_at, ${CORRELATION}, tenant_id, request_id, decision_id,
    latency_ms, status, error, server, tool_name, tool_use_id, method, transport, child_pid, is_error, input, output,
    input_bytes, output_bytes)
  SELECT id, seq, created_at, r.*, e.server, e.tool_name, e.tool_use_id, e.method, e.transport, e.child_pid,
    e.is_error, coalesce(e.input, 'null'), coalesce(e.output, 'null'), e.input_bytes, e.output_bytes
  FROM fresh,
    jsonb_to_record(body) AS r (${CORRELATION_TYPES}, tenant_id text, request_id text, decision_id text,
      latency_ms double precision, status text, error text),
    jsonb_to_record(body -> 'effect') AS e (server text, tool_name text, tool_use_id text, method text,
      transport text, child_pid integer, is_error boolean, input jsonb, output jsonb, input_bytes bigint,
      output_bytes bigint)
  WHERE kind = 'outcome' AND type = 'tool_call'
  ON CONFLICT DO NOTHING
),
usage_events AS (
  INSERT INTO plugin_usage_events (id, seq, created_at, ${CORRELATION}, tenant_id, plugin_id, hook_event_name,
    tool_name, tool_use_id, agent_id, dedup_key, payload)
  SELECT id, seq, created_at, r.*, e.plugin_id, e.hook_event_name, e.tool_name, e.tool_use_id, e.agent_id,
    e.dedup_key, coalesce(e.payload, 'null')
  FROM fresh,
    jsonb_to_record(body) AS r (${CORRELATION_TYPES}, tenant_id text),
    jsonb_to_record(body -> 'event') AS e (plugin_id text, hook_event_name text, tool_name text, tool_use_id text,
      agent_id text, dedup_key text, payload jsonb)
  WHERE kind = 'event' AND type = 'plugin_usage'
  ON CONFLICT DO NOTHING
),
identity_changes AS (
  INSERT INTO identity_events (id, seq, created_at, ${CORRELATION}, tenant_id, name, subject_user_id, detail)
  SELECT id, seq, created_at, r.*, e.name, e.subject_user_id, coalesce(e.detail, 'null')
  FROM fresh,
    jsonb_to_record(body) AS r (${CORRELATION_TYPES}, tenant_id text),
    jsonb_to_record(body -> 'event') AS e (name text, subject_user_id text, detail jsonb)
  WHERE kind = 'event' AND type = 'identity'
  ON CONFLICT DO NOTHING
)
SELECT count(*) AS inserted, pg_notify('audit_records', $1 || ' ' || min(seq) || ' ' || max(seq))
FROM inserted HAVING count(*) > 0`;

/** The records alone. */
export const INSERT_BARE_RECORDS = `
WITH ${INCOMING}
SELECT seq FROM inserted`;
