#!/usr/bin/env bash
# Logs, traces and the evidence behind them.
source "$(dirname "$0")/../_common.sh"
session=$(new_session logs)
govern "$(admin_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Read\",\"tool_input\":{\"file_path\":\"a\"},\"session_id\":\"$session\"}" > /dev/null
title "Decisions"
systemprompt infra logs view --since 1h --limit 5
title "One trace"
trace=$(value "select trace_id as v from governance_decisions where session_id = '$session'")
assert_contains "trace" "$(systemprompt infra logs trace show "$trace")" Read
title "The journal proves it"
verify=$(systemprompt --json infra audit verify)
assert_eq "clean" "$(printf '%s' "$verify" | json ok)" true
assert_min "records" "$(printf '%s' "$verify" | json records)" 1
