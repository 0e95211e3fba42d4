#!/usr/bin/env bash
# A dead upstream: the request goes to the next one, and the record tells of the attempt that failed.
source "$(dirname "$0")/../_common.sh"
session=$(new_session fallback)
model="steady-$$-$RANDOM"
trap 'systemprompt admin config gateway route remove demo-fallback --yes > /dev/null 2>&1 || true' EXIT

title "A route whose first upstream nobody listens at"
systemprompt admin config gateway route add "$model" --provider anthropic --endpoint http://127.0.0.1:9 \
  --fallback mock=claude-sonnet-5 --id demo-fallback --allow-unpriced > /dev/null 2>&1
pass "written"

title "The client gets its answer all the same"
for _ in $(seq 1 50); do
  answer=$(curl -sS -X POST "$BASE_URL/v1/messages" -H "Authorization: Bearer $(user_token)" \
    -H 'Content-Type: application/json' -H "x-session-id: $session" \
    -d "{\"model\":\"$model\",\"max_tokens\":32,\"messages\":[{\"role\":\"user\",\"content\":\"are you there\"}]}")
  [ "$(printf '%s' "$answer" | json model)" = claude-sonnet-5 ] && break
  sleep 0.1
done
assert_contains "answer" "$(printf '%s' "$answer" | json content.0.text)" "are you there"

title "The record tells of the attempt that failed"
assert_eq "served by" "$(value "select provider as v from ai_requests where session_id = '$session' and route = 'demo-fallback' order by created_at desc limit 1")" mock
assert_eq "failed before" "$(value "select details -> 'failed_attempts' -> 0 ->> 'provider' as v from ai_requests where session_id = '$session' and route = 'demo-fallback' order by created_at desc limit 1")" anthropic
