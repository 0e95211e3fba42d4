#!/usr/bin/env bash
# Some traffic to look at: decisions, tracked events and model requests of two users.
source "$(dirname "$0")/_common.sh"
session=$(new_session seed)

title "Decisions"
for tool in Read Grep Edit Write Bash; do
  for number in 1 2 3; do
    govern "$(admin_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"$tool\",\"tool_input\":{\"path\":\"src/file-$number.ts\"},\"agent_id\":\"developer_agent\",\"session_id\":\"$session\"}" > /dev/null
  done
done
assert_eq "decisions of this session" "$(value "select count(*) as v from governance_decisions where session_id = '$session'")" 15

title "Tracked events, each told twice and kept once"
for number in 1 2 3 4 5; do
  for time in first again; do
    curl -fsS -X POST "$BASE_URL/api/public/hooks/track?plugin_id=demo" -H "Authorization: Bearer $(admin_token)" \
      -d "{\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Read\",\"tool_use_id\":\"toolu_$session-$number\",\"session_id\":\"$session\",\"tool_response\":{\"lines\":$number}}"
  done
done
assert_eq "rows" "$(value "select count(*) as v from plugin_usage_events where session_id = '$session'")" 5

title "Model requests"
for prompt in "Say hello." "What is a journal?" "Summarise this repository."; do
  curl -fsS "$BASE_URL/v1/messages" -H "x-api-key: $(user_token)" -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \
    -H "x-session-id: $session-models" \
    -d "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":200,\"messages\":[{\"role\":\"user\",\"content\":\"$prompt\"}]}" > /dev/null
done
assert_eq "rows" "$(value "select count(*) as v from ai_requests where session_id = '$session-models'")" 3
assert_min "priced in microdollars" "$(value "select count(*) as v from ai_requests where session_id = '$session-models' and cost_microdollars is not null")" 3
