#!/usr/bin/env bash
# A budget of three requests: the fourth is stopped before it is sent, in words that clients understand.
source "$(dirname "$0")/../_common.sh"
session=$(new_session budget)
model="metered-$$-$RANDOM"

# ask: the status of one more request; its body goes to a file.
ask() {
  curl -sS -o "$STATE/answer.json" -w '%{http_code}' -X POST "$BASE_URL/v1/messages" \
    -H "Authorization: Bearer $(user_token)" -H 'Content-Type: application/json' -H "x-session-id: $session" \
    -d "{\"model\":\"$model\",\"max_tokens\":16,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
}

title "Three requests a day of this model for each user"
with_budget demo-three --per user --window day --requests 3 --match "models=$model"
pass "written; the running server takes it over"

title "Three are answered, and then no more"
answered=0
for _ in $(seq 1 60); do
  status=$(ask)
  [ "$status" = 429 ] && break
  # Before the edit is taken over nothing is counted; after it there are three.
  answered=$((answered + 1))
  sleep 0.05
done
assert_eq "status" "$status" 429
assert_eq "error" "$(json error.type < "$STATE/answer.json")" billing_error
assert_min "answered before" "$answered" 3
used=$(systemprompt --json admin budgets usage demo-three)
assert_contains "usage" "$used" '"requests"'

title "The denial is a decision like any other, and nothing was sent"
assert_eq "policy" "$(value "select policy as v from governance_decisions where session_id = '$session' and decision = 'deny' limit 1")" budget
assert_eq "requests that were sent" "$(value "select count(*) as v from ai_requests where session_id = '$session'")" "$answered"
