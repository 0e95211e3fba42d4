-- What the processes on this database agree on, so that together they never pass a rate limit. The rules stand in
-- src/governance/limits/ledger.ts; these tables hold its ledger. Times are milliseconds of this server's clock.

-- One row: its lock puts all changes in one order, and `seq` numbers the changes of leased keys.
CREATE TABLE limit_ledger (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seq bigint NOT NULL DEFAULT 0
);

INSERT INTO limit_ledger DEFAULT VALUES;

CREATE TABLE limit_members (
  process_id text PRIMARY KEY CHECK (length(process_id) BETWEEN 1 AND 200),
  incarnation bigint NOT NULL,
  units integer NOT NULL CHECK (units BETWEEN 0 AND 720720),
  acked_seq bigint NOT NULL,
  window_ms integer NOT NULL CHECK (window_ms > 0),
  heartbeat_at_ms bigint NOT NULL,
  closed_at_ms bigint
);

CREATE TABLE limit_keys (
  key text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL UNIQUE,
  is_retired boolean NOT NULL,
  limit_calls integer NOT NULL,
  requested_at_ms bigint NOT NULL,
  pressed_by text,
  pressed_until_ms bigint
);

CREATE TABLE limit_shares (
  key text COLLATE "C" NOT NULL REFERENCES limit_keys (key) ON DELETE CASCADE,
  process_id text NOT NULL REFERENCES limit_members (process_id) ON DELETE CASCADE,
  share integer NOT NULL CHECK (share > 0),
  PRIMARY KEY (key, process_id)
);

CREATE INDEX limit_shares_process_id_idx ON limit_shares (process_id);

-- Counted calls, in batches, so that they outlive the process; forgotten when they have left every window.
CREATE TABLE limit_usage (
  process_id text NOT NULL,
  key text COLLATE "C" NOT NULL,
  limit_calls integer NOT NULL,
  used integer NOT NULL,
  at_ms bigint NOT NULL
);

CREATE INDEX limit_usage_at_ms_idx ON limit_usage (at_ms);

-- Unlike audit rows these are the application's to change.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'systemprompt_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON
      limit_ledger, limit_members, limit_keys, limit_shares, limit_usage TO systemprompt_app;
  END IF;
END
$$;
