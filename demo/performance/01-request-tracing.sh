#!/usr/bin/env bash
# One trace from the client's own id to the last row.
source "$(dirname "$0")/../_common.sh"
trace=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
session=$(new_session tracing)
title "A hook and a model request with the client's traceparent"
curl -fsS -X POST "$BASE_URL/api/public/hooks/govern" -H "Authorization: Bearer $(user_token)" -H "traceparent: 00-$trace-00f067aa0ba902b7-01" \
  -d "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Read\",\"tool_input\":{},\"session_id\":\"$session\"}" > /dev/null
curl -fsS "$BASE_URL/v1/messages" -H "x-api-key: $(user_token)" -H "traceparent: 00-$trace-00f067aa0ba902b7-01" -H 'anthropic-version: 2023-06-01' \
  -H 'content-type: application/json' -H "x-session-id: $session" \
  -d '{"model":"claude-sonnet-5-5","max_tokens":50,"messages":[{"role":"user","content":"trace me"}]}' > /dev/null
assert_eq "decisions in the trace" "$(value "select count(*) as v from governance_decisions where trace_id = '$trace'")" 2
assert_eq "model requests in the trace" "$(value "select count(*) as v from ai_requests where trace_id = '$trace'")" 1
systemprompt infra logs trace show "$trace"
