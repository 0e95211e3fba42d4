#!/usr/bin/env bash
# One call, one row: a decision is persisted before it is answered.
source "$(dirname "$0")/../_common.sh"
session=$(new_session audit-smoke)
title "A decision is in the table as soon as it is asked for"
govern "$(admin_token)" "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Read\",\"tool_input\":{\"file_path\":\"README.md\"},\"session_id\":\"$session\"}" > /dev/null
assert_eq "rows" "$(value "select count(*) as v from governance_decisions where session_id = '$session'")" 1
assert_eq "columns of the table" "$(value "select count(*) as v from information_schema.columns where table_name = 'governance_decisions'")" 18
