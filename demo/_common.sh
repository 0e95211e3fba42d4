# What every demo shares: where the server is, who is asking, and how to insist. Sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STATE="$ROOT/demo/.state"
NODE=$(command -v "$ROOT/node_modules/.bin/node" || command -v node)

systemprompt() { "$ROOT/systemprompt" "$@"; }

# json PATH: the member at PATH (dots, numbers for array places) of the JSON on standard input.
json() {
  "$NODE" -e '
    let text = "";
    process.stdin.on("data", (chunk) => { text += chunk; });
    process.stdin.on("end", () => {
      let value;
      try {
        value = JSON.parse(text);
      } catch {
        console.error(`expected JSON, got: ${text.slice(0, 600) || "nothing"}`);
        process.exit(1);
      }
      for (const step of process.argv[1].split(".")) value = value?.[step];
      console.log(typeof value === "string" ? value : JSON.stringify(value ?? null));
    });' "$1"
}

title() { printf '\n== %s\n' "$1"; }
say() { printf '   %s\n' "$*"; }
pass() { printf '   PASS  %s\n' "$*"; }
fail() { printf '   FAIL  %s\n' "$*" >&2; exit 1; }

assert_eq() { # WHAT ACTUAL EXPECTED
  [ "$2" = "$3" ] && pass "$1: $2" || fail "$1: expected $3, got $2"
}
assert_min() { # WHAT ACTUAL LEAST
  [ "$2" -ge "$3" ] && pass "$1: $2" || fail "$1: expected at least $3, got $2"
}
assert_contains() { # WHAT TEXT PART
  case "$2" in *"$3"*) pass "$1: contains $3" ;; *) fail "$1: $3 is not in: $(printf '%s' "$2" | head -c 600)" ;; esac
}
assert_lacks() { # WHAT TEXT PART
  case "$2" in *"$3"*) fail "$1: $3 must not appear" ;; *) pass "$1: does not contain it" ;; esac
}

# base_url: where the server is. Without one, the command line has said what to do, and the demo ends.
base_url() {
  local status
  status=$(systemprompt --json infra services status 2> /dev/null) ||
    { systemprompt infra services status > /dev/null || true; exit 1; }
  printf '%s' "$status" | json base_url
}

# A session of this demo alone, so that a second run starts with empty hands.
new_session() { printf '%s-%s-%s' "$1" "$$" "$RANDOM"; }

admin_token() { cat "$STATE/admin-token" 2>/dev/null || fail "no token yet: run demo/00-preflight.sh first"; }
user_token() { cat "$STATE/user-token" 2>/dev/null || fail "no token yet: run demo/00-preflight.sh first"; }

# govern TOKEN BODY: the hook's whole answer. The status must be 200 whatever is decided.
govern() {
  local answer status
  answer=$(curl -sS -w '\n%{http_code}' -X POST "$BASE_URL/api/public/hooks/govern?plugin_id=demo" \
    -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "$2")
  status=${answer##*$'\n'}
  [ "$status" = 200 ] || fail "govern answered $status instead of 200"
  printf '%s' "${answer%$'\n'*}"
}

decision_of() { json hookSpecificOutput.permissionDecision; }
reason_of() { json hookSpecificOutput.permissionDecisionReason; }

# rows SQL: what the database says, as JSON items. Waits until it holds everything decided so far.
rows() { systemprompt --json infra db query "$1" | json items; }
# value SQL: the first column `v` of the first row.
value() { systemprompt --json infra db query "$1" | json items.0.v; }

# with_budget ID OPTIONS...: a budget that is gone again when the demo ends.
with_budget() {
  local answer
  answer=$(systemprompt --json admin budgets set "$@" 2> /dev/null) || fail "the budget $1 could not be set"
  BUDGET_FILE=$(printf '%s' "$answer" | json file)
  trap end_budget EXIT
}
end_budget() {
  local root
  root="$(dirname "$BUDGET_FILE")/../config/config.yaml"
  rm -f "$BUDGET_FILE"
  grep -v "/$(basename "$BUDGET_FILE")" "$root" > "$STATE/config.yaml" && cat "$STATE/config.yaml" > "$root"
}

[ -n "${BASE_URL:-}" ] || BASE_URL=$(base_url)
