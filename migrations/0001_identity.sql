-- Who there is, what proves them, and what must be told to whoever remembers a proof.

CREATE TABLE tenants (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO tenants (id, name) VALUES ('default', 'Default');

CREATE TABLE users (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  tenant_id text NOT NULL REFERENCES tenants (id),
  kind text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service')),
  -- Stored in lower case; a service may have none.
  email text CHECK (email = lower(email) AND length(email) <= 320),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  roles text[] NOT NULL DEFAULT '{user}'
    CHECK (roles <@ ARRAY['admin', 'user', 'service', 'a2a', 'mcp', 'anonymous'] AND cardinality(roles) > 0),
  department text,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (kind = 'service' OR email IS NOT NULL)
);

-- A deleted user keeps the row, because records name it; the address is free again.
CREATE UNIQUE INDEX users_email_key ON users (email) WHERE status <> 'deleted';
CREATE INDEX users_tenant_id_idx ON users (tenant_id, created_at);

CREATE TABLE personal_access_tokens (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  -- `sp-live-<12 hex>`: what may be shown; the rest is known as a SHA-256 only.
  prefix text NOT NULL UNIQUE CHECK (prefix ~ '^sp-live-[0-9a-f]{12}$'),
  credential_hash bytea NOT NULL CHECK (length(credential_hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

CREATE INDEX personal_access_tokens_user_id_idx ON personal_access_tokens (user_id, created_at);

CREATE TABLE sessions (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  user_id text NOT NULL REFERENCES users (id),
  client_id text NOT NULL,
  -- login: an access token was issued; web: a browser's cookie; plugin: a hook credential; named: a client named it.
  kind text NOT NULL CHECK (kind IN ('login', 'web', 'plugin', 'named')),
  started_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  ended_at timestamptz,
  cookie_prefix text UNIQUE,
  cookie_hash bytea CHECK (length(cookie_hash) = 32),
  CHECK ((cookie_prefix IS NULL) = (cookie_hash IS NULL))
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id, started_at);
CREATE INDEX sessions_last_seen_at_idx ON sessions (last_seen_at);

CREATE TABLE revoked_tokens (
  jti text PRIMARY KEY CHECK (length(jti) BETWEEN 1 AND 200),
  revoked_at timestamptz NOT NULL DEFAULT now(),
  -- After this the token is refused for its age, and the row may go.
  expires_at timestamptz NOT NULL
);

CREATE INDEX revoked_tokens_expires_at_idx ON revoked_tokens (expires_at);

CREATE TABLE sign_in_codes (
  code_hash bytea PRIMARY KEY CHECK (length(code_hash) = 32),
  user_id text NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

CREATE INDEX sign_in_codes_expires_at_idx ON sign_in_codes (expires_at);

-- Changes of identity on their way to the audit journal, written in the transaction of the change itself.
CREATE TABLE identity_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id text NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  tenant_id text NOT NULL,
  correlation jsonb NOT NULL,
  name text NOT NULL,
  subject_user_id text NOT NULL,
  detail jsonb NOT NULL
);

-- Every process keeps verified credentials in memory; this tells them what is no longer true. The payload is
-- `<kind>:<id>`, where kind is user, pat, session or token, or `all`.
CREATE FUNCTION notify_identity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'users' THEN PERFORM pg_notify('identity_changed', 'user:' || OLD.id);
    WHEN 'personal_access_tokens' THEN PERFORM pg_notify('identity_changed', 'pat:' || OLD.prefix);
    WHEN 'sessions' THEN PERFORM pg_notify('identity_changed', 'session:' || OLD.id);
    WHEN 'revoked_tokens' THEN PERFORM pg_notify('identity_changed', 'token:' || NEW.jti);
  END CASE;
  RETURN NULL;
END
$$;

CREATE FUNCTION notify_identity_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('identity_changed', 'all');
  RETURN NULL;
END
$$;

CREATE FUNCTION notify_identity_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('identity_outbox', '');
  RETURN NULL;
END
$$;

CREATE TRIGGER users_changed AFTER UPDATE OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();
CREATE TRIGGER users_replaced AFTER TRUNCATE ON users
  FOR EACH STATEMENT EXECUTE FUNCTION notify_identity_replaced();

-- Not for last_used_at and last_seen_at, which change all the time and prove nothing.
CREATE TRIGGER personal_access_tokens_changed
  AFTER UPDATE OF user_id, prefix, credential_hash, expires_at, revoked_at OR DELETE ON personal_access_tokens
  FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();
CREATE TRIGGER personal_access_tokens_replaced AFTER TRUNCATE ON personal_access_tokens
  FOR EACH STATEMENT EXECUTE FUNCTION notify_identity_replaced();

CREATE TRIGGER sessions_changed
  AFTER UPDATE OF user_id, expires_at, ended_at, cookie_prefix, cookie_hash ON sessions
  FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();
-- Names that nobody used for a long time are removed in thousands, and no credential hangs on them.
CREATE TRIGGER sessions_removed AFTER DELETE ON sessions
  FOR EACH ROW WHEN (OLD.kind <> 'named') EXECUTE FUNCTION notify_identity_changed();
CREATE TRIGGER sessions_replaced AFTER TRUNCATE ON sessions
  FOR EACH STATEMENT EXECUTE FUNCTION notify_identity_replaced();

CREATE TRIGGER revoked_tokens_added AFTER INSERT ON revoked_tokens
  FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();

CREATE TRIGGER identity_outbox_added AFTER INSERT ON identity_outbox
  FOR EACH STATEMENT EXECUTE FUNCTION notify_identity_outbox();
