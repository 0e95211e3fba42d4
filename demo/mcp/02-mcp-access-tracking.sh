#!/usr/bin/env bash
# Each server has its own audience; a call with a secret never starts a process.
source "$(dirname "$0")/../_common.sh"
url="$BASE_URL/api/v1/mcp/demo/mcp"
initialize='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"demo","version":"1"}}}'
post() { curl -sS -o /dev/null -D "$STATE/mcp-headers" -w '%{http_code}' -X POST "$url" "$@" -H 'content-type: application/json' -H 'accept: application/json, text/event-stream'; }
title "Without a credential: 401 that says where to get one"
assert_eq "status" "$(post -d "$initialize")" 401
assert_contains "challenge" "$(tr -d '\r' < "$STATE/mcp-headers" | tr 'A-Z' 'a-z')" "resource_metadata="
title "A token for another surface is not good here"
assert_eq "status" "$(post -H "Authorization: Bearer $(admin_token)" -d "$initialize")" 401
title "A token for this server is"
token=$(systemprompt admin session login --email "${SYSTEMPROMPT_ADMIN_EMAIL:-admin@localhost}" --token-only --audience demo)
assert_eq "status" "$(post -H "Authorization: Bearer $token" -d "$initialize")" 200
title "Refusals are recorded"
assert_min "authentication denials" "$(value "select count(*) as v from governance_decisions where policy = 'authentication' and call_kind = 'tool_call'")" 2
