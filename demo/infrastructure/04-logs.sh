#!/usr/bin/env bash
# Logs, searches, summaries, traces, and the evidence behind them.
source "$(dirname "$0")/../_common.sh"
session=$(new_session logs)
answer=$(govern "$(admin_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Read\",\"tool_input\":{\"file_path\":\"a\"},\"session_id\":\"$session\"}")
assert_eq "decision" "$(printf '%s' "$answer" | decision_of)" allow
trace=$(value "select trace_id as v from governance_decisions where session_id = '$session'")

title "What the server says of itself"
systemprompt infra logs view --since 1h --limit 5

title "What was decided, counted"
summary=$(systemprompt infra logs summary --since 24h)
printf '%s\n' "$summary"
assert_contains "summary" "$summary" hook

title "The newest calls, and one of them found again"
assert_contains "trace list" "$(systemprompt infra logs trace list --limit 20)" "$trace"
assert_contains "search" "$(systemprompt infra logs search "$session")" Read
systemprompt infra logs request list --limit 3
systemprompt infra logs tools list --limit 3

title "One trace, as a story"
story=$(systemprompt infra logs trace show "$trace")
printf '%s\n' "$story"
assert_contains "trace" "$story" Read

title "The record proves it"
verify=$(systemprompt --json infra audit verify)
assert_eq "clean" "$(printf '%s' "$verify" | json ok)" true
assert_min "records" "$(printf '%s' "$verify" | json records)" 1
