-- What there is to say of a model request besides its columns: the dialects of client and upstream, upstreams that
-- were tried before, what a conversion could not carry over, and whom the client names. Members that say nothing are
-- left out.
ALTER TABLE ai_requests ADD COLUMN details jsonb;

COMMENT ON COLUMN ai_requests.details IS
  'operation, client_dialect, upstream_dialect, upstream_model, service_tier, failed_attempts, conversion, attribution';
