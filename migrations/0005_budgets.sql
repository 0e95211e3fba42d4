-- What the processes on this database agree on, so that together they never pass a budget. The rules stand in
-- src/governance/budgets/budget-store.ts. Times are milliseconds since the epoch, by the clocks of the processes.

-- One row: its lock puts all changes in one order.
CREATE TABLE budget_ledger (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);

INSERT INTO budget_ledger DEFAULT VALUES;

CREATE TABLE budget_members (
  process_id text PRIMARY KEY CHECK (length(process_id) BETWEEN 1 AND 200),
  incarnation bigint NOT NULL,
  batch bigint NOT NULL,
  heard_at_ms bigint NOT NULL
);

-- What was used, summed by slots of time, until it leaves its window. A calendar window is one slot.
CREATE TABLE budget_uses (
  key text COLLATE "C" NOT NULL,
  slot_ms bigint NOT NULL,
  leaves_at_ms bigint NOT NULL,
  budget_id text NOT NULL,
  value text NOT NULL,
  requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  microdollars bigint NOT NULL,
  PRIMARY KEY (key, slot_ms)
);

CREATE INDEX budget_uses_leaves_at_ms_idx ON budget_uses (leaves_at_ms);
CREATE INDEX budget_uses_budget_id_idx ON budget_uses (budget_id);

-- What processes hold of an account, for requests under way and ahead of need; used in slot_ms when they are lost.
CREATE TABLE budget_holds (
  key text COLLATE "C" NOT NULL,
  process_id text NOT NULL REFERENCES budget_members (process_id) ON DELETE CASCADE,
  slot_ms bigint NOT NULL,
  leaves_at_ms bigint NOT NULL,
  budget_id text NOT NULL,
  value text NOT NULL,
  requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  microdollars bigint NOT NULL,
  PRIMARY KEY (key, process_id)
);

CREATE INDEX budget_holds_process_id_idx ON budget_holds (process_id);

-- Unlike audit rows these are the application's to change.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'systemprompt_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON
      budget_ledger, budget_members, budget_uses, budget_holds TO systemprompt_app;
  END IF;
END
$$;
