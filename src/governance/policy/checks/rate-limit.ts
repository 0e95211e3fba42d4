import { describeWait } from '#foundation/time';
import { principalLimit, sessionLimit } from '#governance/limits/limit-of';
import type { RateLimiter } from '#governance/limits/rate-limiter';
import type { Call } from '../call.ts';
import { type Check, PAUSE_MICROS_MAX } from '../check.ts';
import type { Verdict } from '../decision.ts';

/**
 * So many calls of one session in a window, and so many of one principal over all of its sessions, so that a new
 * session id is no new budget. A call is charged as it passes: stand this check last, and a call that another check
 * denies is never charged, nor is one that this check denies.
 */
export function createRateLimitCheck(limiter: RateLimiter): Check {
  return {
    id: 'rate_limit',
    appliesTo: ['model_request', 'tool_call', 'hook', 'prompt', 'agent_task'],
    budgetMicros: PAUSE_MICROS_MAX,
    judge: (call) => judgeRate(call, limiter),
  };
}

function judgeRate(call: Call, limiter: RateLimiter): Verdict {
  const config = limiter.config();
  if (!config.enabled) return { result: 'pass', detail: 'disabled by configuration' };
  const { role, tenantId, userId } = call.principal;
  // Ids hold no line feed, so two pairs never make one key.
  const principalKey = `principal\n${tenantId}\n${userId}`;
  const session = { key: `session\n${userId}\n${call.correlation.sessionId}`, limit: sessionLimit(config, role) };
  const taking = limiter.take(session, { key: principalKey, limit: principalLimit(config, role) });
  const windowText = `${config.window_secs} s`;
  if (taking.allowed) return { result: 'pass', detail: `within ${session.limit} calls in ${windowText} as ${role}` };
  const { refused, retryAfterMs } = taking;
  const whose = refused.key === principalKey ? 'principal' : 'session';
  const limitText = `${refused.limit} calls in ${windowText} for one ${whose} of role ${role}`;
  return {
    result: 'deny',
    rule: `${whose}-limit`,
    detail: `${limitText} are used`,
    reason: `the limit of ${limitText} is reached; try again in ${describeWait(retryAfterMs)}`,
    retryAfterMs,
  };
}
