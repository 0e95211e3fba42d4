#!/usr/bin/env bash
# A model is taken from one user while the server runs: that user's next call is refused, everybody else's is not.
source "$(dirname "$0")/../_common.sh"
session=$(new_session disable)
model="withdrawn-$$-$RANDOM"

# ask TOKEN: the status of one request.
ask() {
  curl -sS -o /dev/null -w '%{http_code}' -X POST "$BASE_URL/v1/messages" -H "Authorization: Bearer $1" \
    -H 'Content-Type: application/json' -H "x-session-id: $session-${#1}" \
    -d "{\"model\":\"$model\",\"max_tokens\":16,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
}

title "Both may use it"
assert_eq "the user" "$(ask "$(user_token)")" 200
assert_eq "the administrator" "$(ask "$(admin_token)")" 200

title "A budget of none for one of them"
with_budget demo-none --window day --requests 0 --match users=demo@localhost --match "models=$model"
for _ in $(seq 1 50); do
  status=$(ask "$(user_token)")
  [ "$status" = 429 ] && break
  sleep 0.1
done
assert_eq "the user" "$status" 429
assert_eq "the administrator" "$(ask "$(admin_token)")" 200

title "Who was refused what, and why"
assert_eq "policy" "$(value "select policy as v from governance_decisions where session_id = '$session-$(user_token | wc -c | awk '{print $1 - 1}')' and decision = 'deny' limit 1")" budget
