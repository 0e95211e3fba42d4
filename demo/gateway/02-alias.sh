#!/usr/bin/env bash
# An alias: people ask for "fast", the operator decides what that is, and a running server takes it over.
source "$(dirname "$0")/../_common.sh"
session=$(new_session alias)
model="fast-$$-$RANDOM"
trap 'systemprompt admin config gateway route remove demo-alias --yes > /dev/null 2>&1 || true' EXIT

ask() {
  curl -sS -X POST "$BASE_URL/v1/messages" -H "Authorization: Bearer $(user_token)" \
    -H 'Content-Type: application/json' -H "x-session-id: $session" \
    -d "{\"model\":\"$model\",\"max_tokens\":32,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
}

title "The operator names it"
systemprompt admin config gateway route add "$model" --provider mock --upstream-model claude-haiku-4-5 --id demo-alias > /dev/null 2>&1
assert_eq "what it means" "$(systemprompt --json admin config gateway route test "$model" | json route)" demo-alias

title "The running server takes it over"
for _ in $(seq 1 50); do
  answer=$(ask)
  [ "$(printf '%s' "$answer" | json model)" = claude-haiku-4-5 ] && break
  sleep 0.1
done
assert_eq "model that answered" "$(printf '%s' "$answer" | json model)" claude-haiku-4-5

title "The record holds both names"
assert_min "requests by that route" "$(value "select count(*) as v from ai_requests where session_id = '$session' and requested_model = '$model' and served_model = 'claude-haiku-4-5' and route = 'demo-alias'")" 1
