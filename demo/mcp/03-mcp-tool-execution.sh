#!/usr/bin/env bash
# A tool call from end to end: executed, recorded, and denied when it carries a key.
source "$(dirname "$0")/../_common.sh"
title "A call"
note="note-$$"
systemprompt --json plugins mcp call demo add_note -a "{\"title\":\"$note\",\"text\":\"written by the demo\"}" > /dev/null
result=$(systemprompt --json plugins mcp call demo read_note -a "{\"title\":\"$note\"}")
assert_contains "result" "$result" "written by the demo"
title "A call that carries a key"
denied=$(systemprompt --json plugins mcp call demo add_note -a "{\"title\":\"k\",\"text\":\"AKIA""IOSFODNN7EXAMPLE\"}" || true)
assert_eq "decision" "$(printf '%s' "$denied" | json structuredContent.decision)" deny
assert_eq "policy" "$(printf '%s' "$denied" | json structuredContent.policy)" secret_scan
title "The record"
assert_min "executions" "$(value "select count(*) as v from mcp_tool_executions where server = 'demo' and tool_name in ('add_note','read_note') and status = 'completed'")" 2
systemprompt infra logs tools list --limit 5
