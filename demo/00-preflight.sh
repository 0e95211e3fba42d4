#!/usr/bin/env bash
# Is the server there, and who are we? Gets an administrator's token and one of an ordinary user.
source "$(dirname "$0")/_common.sh"
mkdir -p "$STATE" && chmod 700 "$STATE"
umask 077

title "The server answers"
assert_eq "health" "$(curl -fsS "$BASE_URL/health" | json status)" ok
assert_eq "ready to decide and record" "$(curl -sS -o /dev/null -w '%{http_code}' "$BASE_URL/readyz")" 200

title "An administrator's token, without a prompt"
systemprompt admin session login --email "${SYSTEMPROMPT_ADMIN_EMAIL:-admin@localhost}" --token-only > "$STATE/admin-token"
assert_eq "parts of the token" "$(tr '.' '\n' < "$STATE/admin-token" | wc -l | tr -d ' ')" 3

title "An ordinary user with a personal access token"
systemprompt --json admin users show demo@localhost > /dev/null 2>&1 ||
  systemprompt admin users create --name "Demo User" --email demo@localhost > /dev/null
assert_eq "role" "$(systemprompt --json admin users show demo@localhost | json role)" user
systemprompt --json admin users pat issue demo@localhost --name demo | json secret > "$STATE/user-token"
assert_contains "personal access token" "$(head -c 8 "$STATE/user-token")" sp-live-

title "Without a credential nothing is allowed"
answer=$(curl -sS -X POST "$BASE_URL/api/public/hooks/govern" -d '{"hook_event_name":"PreToolUse","tool_name":"Read"}')
assert_eq "decision" "$(printf '%s' "$answer" | decision_of)" deny
