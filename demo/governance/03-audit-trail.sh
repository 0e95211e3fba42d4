#!/usr/bin/env bash
# One query answers who, what, why, with what result and at what cost.
source "$(dirname "$0")/../_common.sh"
session=$(new_session audit-trail)
title "A model request"
curl -fsS "$BASE_URL/v1/messages" -H "x-api-key: $(user_token)" -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \
  -H "x-session-id: $session" -D "$STATE/headers" \
  -d '{"model":"claude-sonnet-5-5","max_tokens":100,"messages":[{"role":"user","content":"Who keeps the record?"}]}' > /dev/null
request=$(tr -d '\r' < "$STATE/headers" | sed -n 's/^x-systemprompt-request-id: //p')
title "audit_trail: one row"
assert_eq "rows" "$(value "select count(*) as v from audit_trail where session_id = '$session'")" 1
row=$(rows "select user_id, tool_name, decision, policy, result, cost_microdollars, trace_id from audit_trail where session_id = '$session'")
for member in user_id tool_name decision policy result cost_microdollars trace_id; do
  found=$(printf '%s' "$row" | json "0.$member")
  [ "$found" != null ] && pass "$member: $found" || fail "$member is missing"
done
title "The same as a story"
story=$(systemprompt infra logs audit "$request" --full)
printf '%s\n' "$story" | head -40
assert_contains "story" "$story" "secret_scan"
assert_contains "story" "$story" "claude-sonnet-5-5"
