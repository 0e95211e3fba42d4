#!/usr/bin/env bash
# Hooks: prompts are judged, events are tracked once, and an unreadable question is a deny.
source "$(dirname "$0")/../_common.sh"
session=$(new_session hooks)
key="AKIA""IOSFODNN7EXAMPLE"
title "A prompt with a key is blocked before it reaches a model"
answer=$(govern "$(user_token)" "{\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":\"deploy with $key\",\"session_id\":\"$session\"}")
assert_eq "decision" "$(printf '%s' "$answer" | json decision)" block
assert_eq "row" "$(value "select tool_name || ' ' || policy as v from governance_decisions where session_id = '$session'")" "user_prompt secret_scan"
title "A tracked event, told twice, is kept once"
for _ in 1 2; do
  status=$(curl -sS -o /dev/null -w '%{http_code}' -X POST "$BASE_URL/api/public/hooks/track?plugin_id=demo" -H "Authorization: Bearer $(user_token)" \
    -d "{\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Read\",\"tool_use_id\":\"toolu_$session\",\"session_id\":\"$session\"}")
  assert_eq "status" "$status" 200
done
assert_eq "rows" "$(value "select count(*) as v from plugin_usage_events where session_id = '$session'")" 1
title "What cannot be read is denied, with status 200"
assert_eq "decision" "$(govern "$(user_token)" '{"hook_event_name":' | decision_of)" deny
