import { messageOf, OperatingError } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonBytes } from '#foundation/json';
import type { Logger } from '#foundation/logging';
import type { Governor } from '#governance/governor';
import type { AgentScopes } from '#governance/policy/agent-scope';
import type { Decision, Redaction } from '#governance/policy/decision';
import { hookAnswer, hookRefusal } from './hook-answer.ts';
import { type HookCaller, hookCall } from './hook-call.ts';
import { type HookEvent, parseHookEvent } from './hook-event.ts';

export type GovernHookDeps = {
  readonly governor: Governor;
  readonly agentScopes: () => AgentScopes;
  /** The caller within the session that the event names; rejects with `forbidden` for a session of somebody else. */
  readonly inSession: (caller: HookCaller, sessionId: string | undefined) => Promise<HookCaller>;
  readonly redact: (value: JsonValue, redactions: readonly Redaction[]) => JsonValue;
  readonly logger: Logger;
};

/**
 * `POST /api/public/hooks/govern`: decides on one hook event. It always answers 200, because clients read any other
 * status as "hook absent" and go on; whatever goes wrong here is therefore a 200 with a deny, and is recorded.
 */
export async function governHook(exchange: Exchange, caller: HookCaller, deps: GovernHookDeps): Promise<Reply> {
  let event: HookEvent | undefined;
  try {
    event = parseHookEvent(parseJsonBytes(exchange.body));
    const within = await deps.inSession(caller, event.sessionId);
    const call = hookCall(event, within, exchange.query.get('plugin_id'), deps.agentScopes());
    const { decision } = await deps.governor.govern(call, exchange.requestId);
    const updatedInput = decision.redactions.length === 0 ? undefined : redactedInput(event, decision.redactions, deps);
    return { status: 200, json: hookAnswer(event.name, decision, updatedInput) };
  } catch (error) {
    return {
      status: 200,
      json: hookRefusal(event?.name ?? 'PreToolUse', await refuse(error, event, exchange, caller, deps)),
    };
  }
}

function redactedInput(
  event: HookEvent,
  redactions: readonly Redaction[],
  deps: GovernHookDeps,
): JsonObject | undefined {
  const body = deps.redact(event.body, redactions);
  const input = isJsonObject(body) ? body.tool_input : undefined;
  return isJsonObject(input) ? input : undefined;
}

/** The reason of the refusal, recorded when that is still possible. */
async function refuse(
  error: unknown,
  event: HookEvent | undefined,
  exchange: Exchange,
  caller: HookCaller,
  deps: GovernHookDeps,
): Promise<string> {
  if (!(error instanceof OperatingError))
    deps.logger.error({ err: error, requestId: exchange.requestId }, 'govern failed');
  const reason = refusalReason(error, exchange.requestId);
  if (error instanceof OperatingError && error.kind === 'unavailable') return reason;
  const nameless: HookEvent = {
    name: 'unknown',
    sessionId: undefined,
    agentId: undefined,
    toolName: null,
    toolUseId: null,
    body: {},
  };
  const call = hookCall(
    { ...(event ?? nameless), body: {} },
    caller,
    exchange.query.get('plugin_id'),
    deps.agentScopes(),
  );
  const code = error instanceof OperatingError ? error.code : 'internal_error';
  try {
    await deps.governor.recordRefusal(call, requestDenied(code, reason), exchange.requestId);
  } catch (problem) {
    deps.logger.error(
      { problem: messageOf(problem), requestId: exchange.requestId },
      'a refused hook event could not be recorded',
    );
  }
  return reason;
}

function requestDenied(code: string, reason: string): Decision {
  const finding = { check: 'request', result: 'deny', rule: code, detail: reason, durationMicros: 0 } as const;
  return { outcome: 'deny', policy: 'request', reason, findings: [finding], redactions: [], retryAfterMs: null };
}

function refusalReason(error: unknown, requestId: string): string {
  if (!(error instanceof OperatingError)) return `the call could not be judged, so it is denied (${requestId})`;
  return error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`;
}
