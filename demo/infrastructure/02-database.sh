#!/usr/bin/env bash
# The database from the command line: read only, and append only where it matters.
source "$(dirname "$0")/../_common.sh"
systemprompt infra db info
title "Tables"
assert_contains "tables" "$(systemprompt --json infra db tables)" governance_decisions
systemprompt infra db describe governance_decisions
assert_min "decisions" "$(systemprompt --json infra db count governance_decisions | json count)" 1
systemprompt infra db indexes governance_decisions
systemprompt infra db size
title "Is it sound?"
assert_eq "status" "$(systemprompt --json infra db status | json status)" ready
assert_eq "valid" "$(systemprompt --json infra db validate | json valid)" true
title "Migrations"
assert_eq "pending" "$(systemprompt --json infra db migrations status | json pending)" 0
title "A query may only read"
if systemprompt infra db query "delete from governance_decisions" > /dev/null 2>&1; then fail "a delete went through"; else pass "delete is refused"; fi
if systemprompt infra db query "select 1; drop table users" > /dev/null 2>&1; then fail "a second statement went through"; else pass "a second statement is refused"; fi
assert_min "rows afterwards" "$(systemprompt --json infra db count governance_decisions | json count)" 1
