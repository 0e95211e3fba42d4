#!/usr/bin/env bash
# Four dialects, one gateway: clients of every provider ask the same model, each in its own words.
source "$(dirname "$0")/../_common.sh"
session=$(new_session dialects)

# ask PATH BODY: the answer of an ordinary user's request.
ask() {
  curl -sS -X POST "$BASE_URL$1" -H "Authorization: Bearer $(user_token)" -H 'Content-Type: application/json' \
    -H "x-session-id: $session" -d "$2"
}

title "Anthropic Messages"
answer=$(ask /v1/messages '{"model":"claude-sonnet-5","max_tokens":64,"messages":[{"role":"user","content":"hello in Messages"}]}')
assert_contains "text" "$(printf '%s' "$answer" | json content.0.text)" "hello in Messages"

title "OpenAI Chat Completions"
answer=$(ask /v1/chat/completions '{"model":"claude-sonnet-5","messages":[{"role":"user","content":"hello in Chat"}]}')
assert_contains "text" "$(printf '%s' "$answer" | json choices.0.message.content)" "hello in Chat"

title "OpenAI Responses"
answer=$(ask /v1/responses '{"model":"claude-sonnet-5","input":"hello in Responses"}')
assert_contains "text" "$(printf '%s' "$answer" | json output.0.content.0.text)" "hello in Responses"

title "Gemini"
answer=$(ask /v1beta/models/claude-sonnet-5:generateContent '{"contents":[{"role":"user","parts":[{"text":"hello in Gemini"}]}]}')
assert_contains "text" "$(printf '%s' "$answer" | json candidates.0.content.parts.0.text)" "hello in Gemini"

title "The same, streamed in the words of Chat Completions"
stream=$(ask /v1/chat/completions '{"model":"claude-sonnet-5","stream":true,"messages":[{"role":"user","content":"hello stream"}]}')
assert_contains "stream" "$stream" "chat.completion.chunk"
assert_contains "its end" "$stream" "data: [DONE]"

title "Each is recorded, with the dialects of both sides and its cost"
assert_eq "requests" "$(value "select count(*) as v from ai_requests where session_id = '$session'")" 5
assert_eq "client dialects" "$(value "select count(distinct details ->> 'client_dialect') as v from ai_requests where session_id = '$session'")" 4
assert_eq "requests without a cost" "$(value "select count(*) as v from ai_requests where session_id = '$session' and cost_microdollars is null")" 0
