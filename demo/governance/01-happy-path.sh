#!/usr/bin/env bash
# An allowed call: the hook says yes, the tool runs, and both are one story.
source "$(dirname "$0")/../_common.sh"
session=$(new_session happy-path)
title "The hook allows a read"
answer=$(govern "$(user_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"mcp__demo__list_notes\",\"tool_input\":{},\"agent_id\":\"associate_agent\",\"session_id\":\"$session\"}")
assert_eq "decision" "$(printf '%s' "$answer" | decision_of)" allow
title "The tool runs behind the gateway"
result=$(systemprompt --json plugins mcp call demo list_notes -a '{}')
assert_eq "success" "$(printf '%s' "$result" | json success)" true
title "Each left its row"
assert_eq "hook" "$(value "select decision || ' by ' || policy as v from governance_decisions where session_id = '$session'")" "allow by pipeline"
assert_min "tool executions of demo" "$(value "select count(*) as v from mcp_tool_executions where server = 'demo' and tool_name = 'list_notes'")" 1
