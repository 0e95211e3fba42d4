import type { Reply } from '#foundation/http/exchange';
import type { Decision } from '#governance/policy/decision';

/**
 * A denial in the Anthropic dialect. Clients take 403 for an expired login, so a policy answers 400; a limit answers
 * 429 with the exact wait, and a spent budget 429 `billing_error`, which they do not retry.
 */
export function denialReply(decision: Decision, requestId: string): Reply {
  const { policy, reason, retryAfterMs } = decision;
  if (policy === 'budget') {
    const headers = { 'x-should-retry': 'false', ...retryAfter(retryAfterMs) };
    return { status: 429, headers, json: envelope('billing_error', reason, requestId) };
  }
  if (policy === 'rate_limit' || (decision.outcome === 'deny' && retryAfterMs !== null)) {
    return { status: 429, headers: retryAfter(retryAfterMs), json: envelope('rate_limit_error', reason, requestId) };
  }
  const sentence =
    decision.outcome === 'ask'
      ? `blocked by policy ${policy}: this needs a person's approval, which a model request cannot ask for: ${reason}`
      : `blocked by policy ${policy}: ${reason}`;
  return {
    status: 400,
    headers: { 'x-should-retry': 'false' },
    json: envelope('invalid_request_error', sentence, requestId),
  };
}

/** Whole seconds, rounded up, so that a client that waits them is never too early. */
function retryAfter(retryAfterMs: number | null): Record<string, string> {
  return retryAfterMs === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) };
}

function envelope(type: string, message: string, requestId: string) {
  return { type: 'error', error: { type, message }, request_id: requestId };
}
