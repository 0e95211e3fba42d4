#!/usr/bin/env bash
# Every check leaves its finding and its time.
source "$(dirname "$0")/../_common.sh"
session=$(new_session governance-happy)
title "An allowed call, check by check"
answer=$(govern "$(admin_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Read\",\"tool_input\":{\"file_path\":\"/src/main.rs\"},\"agent_id\":\"developer_agent\",\"session_id\":\"$session\"}")
assert_eq "decision" "$(printf '%s' "$answer" | decision_of)" allow
findings=$(value "select evaluated_rules->'findings' as v from governance_decisions where session_id = '$session'")
place=0
for check in authentication scope_check secret_scan guardrails tool_blocklist rate_limit; do
  assert_eq "check $((place + 1))" "$(printf '%s' "$findings" | json "$place.check") $(printf '%s' "$findings" | json "$place.result")" "$check pass"
  place=$((place + 1))
done
