#!/usr/bin/env bash
# Runs every demo against the running server; a log for each, one line for each, and the sum.
cd "$(dirname "$0")"
logs=.state/logs
mkdir -p "$logs"
passed=0
failed=0
for script in 00-preflight.sh 01-seed-data.sh governance/*.sh gateway/*.sh mcp/*.sh infrastructure/*.sh performance/*.sh; do
  log="$logs/$(printf '%s' "$script" | tr '/' '-').log"
  if bash "$script" > "$log" 2>&1; then
    passed=$((passed + 1))
    printf 'PASS  %s\n' "$script"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$script"
    tail -5 "$log" | sed 's/^/      /'
  fi
done
printf '\nPass: %d  Fail: %d\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
