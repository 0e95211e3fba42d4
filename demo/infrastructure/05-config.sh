#!/usr/bin/env bash
# The configuration as it is in force, and what a mistake in it says.
source "$(dirname "$0")/../_common.sh"
title "In force"
systemprompt admin config show | head -20
assert_eq "valid" "$(systemprompt --json admin config validate | json valid)" true
title "A mistake names its place and the nearest key"
broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
mkdir -p "$broken/config"
printf 'includes: []\nmcp_serverz: {}\n' > "$broken/config/config.yaml"
problems=$(SYSTEMPROMPT_SERVICES="$broken" systemprompt admin config validate 2>&1 || true)
assert_contains "problem" "$problems" "config.yaml:2:1"
assert_contains "problem" "$problems" "did you mean mcp_servers"
