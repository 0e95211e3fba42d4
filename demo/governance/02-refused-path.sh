#!/usr/bin/env bash
# An ordinary user asks for an administrator's tool.
source "$(dirname "$0")/../_common.sh"
session=$(new_session refused-path)
title "Scope decides"
answer=$(govern "$(user_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"mcp__systemprompt__list_agents\",\"tool_input\":{},\"agent_id\":\"associate_agent\",\"session_id\":\"$session\"}")
assert_eq "decision" "$(printf '%s' "$answer" | decision_of)" deny
say "$(printf '%s' "$answer" | reason_of)"
assert_eq "policy in the row" "$(value "select policy as v from governance_decisions where session_id = '$session'")" scope_check
title "Naming a mightier agent in the body changes nothing"
answer=$(govern "$(user_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"mcp__systemprompt__list_agents\",\"tool_input\":{},\"agent_id\":\"developer_agent\",\"session_id\":\"$session\"}")
assert_eq "decision" "$(printf '%s' "$answer" | decision_of)" deny
assert_eq "effective scope" "$(value "select agent_scope as v from governance_decisions where session_id = '$session' and agent_id = 'developer_agent'")" user
