#!/usr/bin/env bash
# The declared MCP servers and their tools.
source "$(dirname "$0")/../_common.sh"
title "Servers"
systemprompt plugins mcp status
assert_contains "list" "$(systemprompt --json plugins mcp list)" '"demo"'
title "Tools of demo"
tools=$(systemprompt --json plugins mcp tools demo)
for tool in list_notes read_note add_note; do assert_contains "tools" "$tools" "\"$tool\""; done
