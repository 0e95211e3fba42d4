#!/usr/bin/env bash
# 300 requests a minute per session: the 301st is denied and says when to come back.
source "$(dirname "$0")/../_common.sh"
session=$(new_session rate-limiting)
limit=$(systemprompt --json admin config rate-limits show | json requests_per_window)
title "$limit calls of one session, and twenty more"
body="{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Read\",\"tool_input\":{\"file_path\":\"a\"},\"session_id\":\"$session\"}"
urls=()
for _ in $(seq 1 $((limit + 20))); do urls+=("$BASE_URL/api/public/hooks/govern?plugin_id=demo"); done
curl -fsS -X POST -H "Authorization: Bearer $(user_token)" -d "$body" "${urls[@]}" > /dev/null
assert_eq "allowed" "$(value "select count(*) as v from governance_decisions where session_id = '$session' and decision = 'allow'")" "$limit"
assert_eq "denied by rate_limit" "$(value "select count(*) as v from governance_decisions where session_id = '$session' and policy = 'rate_limit'")" 20
retry=$(value "select (evaluated_rules->>'retry_after_ms')::bigint as v from governance_decisions where session_id = '$session' and policy = 'rate_limit' limit 1")
assert_min "milliseconds until the next is allowed" "$retry" 1
[ "$retry" -le 60000 ] || fail "no window is longer than 60 s"
