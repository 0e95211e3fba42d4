import { messageOf, OperatingError } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonBytes } from '#foundation/json';
import type { Logger } from '#foundation/logging';
import type { Governor } from '#governance/governor';
import type { Redaction } from '#governance/policy/decision';
import { hookAnswer, hookRefusal } from './hook-answer.ts';
import { type AgentScopes, type HookCaller, hookCall } from './hook-call.ts';
import { type HookEvent, parseHookEvent } from './hook-event.ts';

export type GovernHookDeps = {
  readonly governor: Governor;
  readonly agentScopes: AgentScopes;
  /** Narrows the caller's correlation to the session that the event names; refuses a session of somebody else. */
  readonly inSession: (caller: HookCaller, sessionId: string | undefined) => HookCaller;
  readonly redact: (value: JsonValue, redactions: readonly Redaction[]) => JsonValue;
  readonly logger: Logger;
};

/**
 * `POST /api/public/hooks/govern`: decides on one hook event. It always answers 200, because clients read any other
 * status as "hook absent" and go on; whatever goes wrong here is therefore a 200 with a deny.
 */
export async function governHook(exchange: Exchange, caller: HookCaller, deps: GovernHookDeps): Promise<Reply> {
  let event: HookEvent | undefined;
  try {
    event = parseHookEvent(parseJsonBytes(exchange.body));
    const call = hookCall(
      event,
      deps.inSession(caller, event.sessionId),
      exchange.query.get('plugin_id'),
      deps.agentScopes,
    );
    const { decision } = await deps.governor.govern(call, exchange.requestId);
    const updatedInput = decision.redactions.length === 0 ? undefined : redactedInput(event, decision.redactions, deps);
    return { status: 200, json: hookAnswer(event.name, decision, updatedInput) };
  } catch (error) {
    if (!(error instanceof OperatingError))
      deps.logger.error({ err: error, requestId: exchange.requestId }, 'govern failed');
    return { status: 200, json: hookRefusal(event?.name ?? 'PreToolUse', refusalReason(error, exchange.requestId)) };
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

function refusalReason(error: unknown, requestId: string): string {
  if (!(error instanceof OperatingError)) return `the call could not be judged, so it is denied (${requestId})`;
  const remedy = error.remedy === undefined ? '' : `; ${error.remedy}`;
  return `${messageOf(error)}${remedy}`;
}
