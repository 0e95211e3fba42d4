-- The audit tables: a queryable copy of the journal, filled in its order by the drainer, and never changed.
--
-- `audit_records` holds every record word for word as it was hashed; the other tables are read from it. What
-- `systemprompt infra audit verify` proves, it proves from `audit_records` and the signed checkpoints, and then that
-- the other tables say the same. Nothing here references another table: the journal's order is the integrity, and a
-- foreign key would cost every insert.
--
-- Ids are `<log_id>-<seq, 12 digits>`, so their order is the order of the log. Columns that are looked up by prefix
-- have the collation "C", because only under it an index serves LIKE 'prefix%'.

CREATE TABLE audit_records (
  log_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  kind text NOT NULL CHECK (kind IN ('decision', 'outcome', 'event')),
  -- Canonical JSON (RFC 8785); text, because jsonb would not give back the bytes that were hashed.
  record text NOT NULL,
  -- SHA-256(0x00 || record), the leaf of the RFC 6962 tree.
  leaf_hash bytea NOT NULL,
  PRIMARY KEY (log_id, seq)
);

CREATE TABLE audit_checkpoints (
  log_id text COLLATE "C" NOT NULL,
  tree_size bigint NOT NULL CHECK (tree_size > 0),
  root_hash text NOT NULL,
  key_id text NOT NULL,
  -- C2SP signed note: the only column that is evidence.
  note text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (log_id, tree_size, key_id)
);

-- Exactly 18 columns; they are a contract with whoever queries it.
CREATE TABLE governance_decisions (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  user_id text NOT NULL,
  session_id text NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  context_id text NOT NULL,
  client_id text NOT NULL,
  agent_id text,
  agent_scope text NOT NULL,
  plugin_id text,
  tool_name text NOT NULL,
  decision text NOT NULL CHECK (decision IN ('allow', 'deny', 'ask')),
  policy text NOT NULL,
  reason text NOT NULL,
  evaluated_rules jsonb NOT NULL,
  call_kind text NOT NULL
);
CREATE INDEX governance_decisions_created_at ON governance_decisions (created_at);
CREATE INDEX governance_decisions_session_id ON governance_decisions (session_id);
CREATE INDEX governance_decisions_task_id ON governance_decisions (task_id);
CREATE INDEX governance_decisions_trace_id ON governance_decisions (trace_id);
CREATE INDEX governance_decisions_request_id ON governance_decisions ((evaluated_rules ->> 'request_id') COLLATE "C");

-- How each allowed decision ended. `unknown` with the error `crash`: the process died between the two.
CREATE TABLE audit_outcomes (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  request_id text NOT NULL,
  tenant_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('completed', 'failed', 'cancelled', 'unknown')),
  error text,
  latency_ms double precision NOT NULL,
  effect_type text
);
CREATE INDEX audit_outcomes_decision_id ON audit_outcomes (decision_id);

-- One row a model request; its id is the id of its outcome record.
CREATE TABLE ai_requests (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  user_id text NOT NULL,
  session_id text NOT NULL,
  task_id text NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  context_id text NOT NULL,
  client_id text NOT NULL,
  tenant_id text NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  provider text NOT NULL,
  requested_model text NOT NULL,
  served_model text,
  route text NOT NULL,
  upstream_request_id text,
  http_status integer NOT NULL,
  is_streaming boolean NOT NULL,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_5m_tokens bigint,
  cache_write_1h_tokens bigint,
  reasoning_tokens bigint,
  -- Null when the model has no price; never zero for want of one.
  cost_microdollars bigint,
  price_source text,
  latency_ms double precision NOT NULL,
  ttft_ms double precision,
  stop_reason text,
  status text NOT NULL,
  error text
);
CREATE INDEX ai_requests_created_at ON ai_requests (created_at);
CREATE INDEX ai_requests_decision_id ON ai_requests (decision_id);
CREATE INDEX ai_requests_request_id ON ai_requests (request_id);
CREATE INDEX ai_requests_trace_id ON ai_requests (trace_id);

CREATE TABLE ai_request_messages (
  ai_request_id text COLLATE "C" NOT NULL,
  sequence integer NOT NULL,
  role text NOT NULL,
  content jsonb NOT NULL,
  PRIMARY KEY (ai_request_id, sequence)
);

CREATE TABLE ai_request_tool_calls (
  ai_request_id text COLLATE "C" NOT NULL,
  sequence integer NOT NULL,
  tool_use_id text NOT NULL,
  tool_name text NOT NULL,
  input jsonb NOT NULL,
  PRIMARY KEY (ai_request_id, sequence)
);
CREATE INDEX ai_request_tool_calls_tool_use_id ON ai_request_tool_calls (tool_use_id);

CREATE TABLE ai_request_payloads (
  ai_request_id text COLLATE "C" PRIMARY KEY,
  request_text text,
  request_bytes bigint NOT NULL,
  request_sha256 text NOT NULL,
  request_truncated boolean NOT NULL,
  response_text text,
  response_bytes bigint NOT NULL,
  response_sha256 text NOT NULL,
  response_truncated boolean NOT NULL
);

-- One row a tool call; its id is the id of its outcome record.
CREATE TABLE mcp_tool_executions (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  user_id text NOT NULL,
  session_id text NOT NULL,
  task_id text NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  context_id text NOT NULL,
  client_id text NOT NULL,
  tenant_id text NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  server text NOT NULL,
  tool_name text NOT NULL,
  tool_use_id text,
  method text NOT NULL,
  transport text NOT NULL,
  child_pid integer,
  is_error boolean NOT NULL,
  input jsonb NOT NULL,
  output jsonb NOT NULL,
  input_bytes bigint NOT NULL,
  output_bytes bigint NOT NULL,
  latency_ms double precision NOT NULL,
  status text NOT NULL,
  error text
);
CREATE INDEX mcp_tool_executions_created_at ON mcp_tool_executions (created_at);
CREATE INDEX mcp_tool_executions_decision_id ON mcp_tool_executions (decision_id);
CREATE INDEX mcp_tool_executions_tool_use_id ON mcp_tool_executions (tool_use_id);

-- One row a tracked hook event. A hook that fires twice has one row and two audit records.
CREATE TABLE plugin_usage_events (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  user_id text NOT NULL,
  session_id text NOT NULL,
  task_id text NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  context_id text NOT NULL,
  client_id text NOT NULL,
  tenant_id text NOT NULL,
  plugin_id text,
  hook_event_name text NOT NULL,
  tool_name text,
  tool_use_id text,
  agent_id text,
  dedup_key text NOT NULL UNIQUE,
  payload jsonb NOT NULL
);
CREATE INDEX plugin_usage_events_session_id ON plugin_usage_events (session_id);
CREATE INDEX plugin_usage_events_created_at ON plugin_usage_events (created_at);

-- Changes of who may do what, and of the keys that sign.
CREATE TABLE identity_events (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  user_id text NOT NULL,
  session_id text NOT NULL,
  task_id text NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  context_id text NOT NULL,
  client_id text NOT NULL,
  tenant_id text NOT NULL,
  name text NOT NULL,
  subject_user_id text NOT NULL,
  detail jsonb NOT NULL
);
CREATE INDEX identity_events_subject_user_id ON identity_events (subject_user_id);

-- One row answers who, what, why, with what result and at what cost.
CREATE VIEW audit_trail AS
SELECT
  d.*,
  d.evaluated_rules ->> 'request_id' AS request_id,
  d.evaluated_rules ->> 'tool_use_id' AS tool_use_id,
  d.evaluated_rules -> 'principal' ->> 'tenant_id' AS tenant_id,
  d.evaluated_rules -> 'principal' ->> 'role' AS role,
  d.evaluated_rules -> 'principal' ->> 'department' AS department,
  CASE
    WHEN d.decision = 'deny' THEN 'denied'
    WHEN o.status IS NOT NULL THEN o.status
    WHEN d.decision = 'ask' THEN 'asked'
    -- The effect of a hook's call happens in the client, which reports no outcome.
    WHEN d.call_kind IN ('model_request', 'tool_call') THEN 'open'
    ELSE 'allowed'
  END AS result,
  o.id AS outcome_id,
  o.created_at AS ended_at,
  o.error,
  o.latency_ms,
  coalesce(t.server, d.evaluated_rules ->> 'server') AS server,
  t.is_error AS tool_is_error,
  t.input AS tool_input,
  t.output AS tool_output,
  a.provider,
  a.requested_model,
  a.served_model,
  a.route,
  a.http_status,
  a.is_streaming,
  a.ttft_ms,
  a.input_tokens,
  a.output_tokens,
  a.cache_read_tokens,
  a.cache_write_5m_tokens,
  a.cache_write_1h_tokens,
  a.reasoning_tokens,
  a.cost_microdollars,
  a.price_source
FROM governance_decisions d
LEFT JOIN LATERAL (
  SELECT * FROM audit_outcomes WHERE decision_id = d.id ORDER BY id LIMIT 1
) o ON true
LEFT JOIN ai_requests a ON a.id = o.id
LEFT JOIN mcp_tool_executions t ON t.id = o.id;

-- Rows may be added, never changed: not by the application, not by the owner of the tables by mistake. Whoever can
-- disable a trigger is found out by the checkpoints.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit rows are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;

DO $$
DECLARE
  audit_table text;
BEGIN
  FOREACH audit_table IN ARRAY ARRAY[
    'audit_records', 'audit_checkpoints', 'governance_decisions', 'audit_outcomes', 'ai_requests',
    'ai_request_messages', 'ai_request_tool_calls', 'ai_request_payloads', 'mcp_tool_executions',
    'plugin_usage_events', 'identity_events'
  ] LOOP
    EXECUTE format(
      'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()', audit_table);
  END LOOP;
END
$$;

-- The application's own role may insert and read audit rows and nothing more. To run the server under a login of its
-- own, apart from the owner that migrates: GRANT systemprompt_app TO <login role>. A role belongs to the whole
-- cluster, so it may exist already, another database may be making it now, or this user may not make one.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'systemprompt_app') THEN
    BEGIN
      CREATE ROLE systemprompt_app NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'systemprompt_app') THEN
    GRANT SELECT, INSERT ON
      audit_records, audit_checkpoints, governance_decisions, audit_outcomes, ai_requests, ai_request_messages,
      ai_request_tool_calls, ai_request_payloads, mcp_tool_executions, plugin_usage_events, identity_events
      TO systemprompt_app;
    GRANT SELECT ON audit_trail TO systemprompt_app;
  END IF;
END
$$;
