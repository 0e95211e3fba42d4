#!/usr/bin/env bash
# Load: every answer is a decision, every decision is a row. Rates are measured by `npm run bench`, on a quiet machine.
source "$(dirname "$0")/../_common.sh"
title "2,000 calls of 40 sessions over 50 connections"
run=$(new_session load)
report=$("$NODE" "$ROOT/demo/performance/load.mjs" "$BASE_URL" "$(user_token)" "$run" 2000 40 50)
printf '%s\n' "$report"
assert_eq "answers" "$(printf '%s' "$report" | json answered)" 2000
assert_eq "answers that were no decision" "$(printf '%s' "$report" | json undecided)" 0
assert_eq "rows" "$(value "select count(*) as v from governance_decisions where session_id like '$run-%'")" 2000
assert_eq "rows that say deny" "$(value "select count(*) as v from governance_decisions where session_id like '$run-%' and decision = 'deny'")" "$(printf '%s' "$report" | json denied)"
