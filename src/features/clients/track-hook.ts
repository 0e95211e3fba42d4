import { createHash } from 'node:crypto';
import type { Exchange, Reply } from '#foundation/http/exchange';
import { canonicalJson, type JsonValue, parseJsonBytes } from '#foundation/json';
import type { Clock } from '#foundation/time';
import type { Audit } from '#governance/audit/audit';
import { correlationColumns } from '#governance/governor';
import type { HookCaller } from './hook-call.ts';
import { type HookEvent, parseHookEvent } from './hook-event.ts';

export type TrackHookDeps = {
  readonly audit: Audit;
  readonly inSession: (caller: HookCaller, sessionId: string | undefined) => Promise<HookCaller>;
  /** Replaces what must not be kept; tracked results can hold anything. */
  readonly withoutSecrets: (value: JsonValue) => JsonValue;
  readonly clock: Clock;
};

/** `POST /api/public/hooks/track`: keeps one hook event; a retry of the same event is kept once. Answers 200, empty. */
export async function trackHook(exchange: Exchange, caller: HookCaller, deps: TrackHookDeps): Promise<Reply> {
  const event = parseHookEvent(parseJsonBytes(exchange.body));
  const { principal, correlation } = await deps.inSession(caller, event.sessionId);
  await deps.audit.append({
    kind: 'event',
    at_ms: deps.clock.nowMs(),
    ...correlationColumns(correlation),
    tenant_id: principal.tenantId,
    event: {
      type: 'plugin_usage',
      plugin_id: exchange.query.get('plugin_id'),
      hook_event_name: event.name,
      tool_name: event.toolName,
      tool_use_id: event.toolUseId,
      agent_id: event.agentId ?? null,
      dedup_key: dedupKey(event, correlation.userId, correlation.sessionId),
      payload: deps.withoutSecrets(event.body),
    },
  });
  return { status: 200, body: '' };
}

/** The same event told twice has one key: by its tool use id where it has one, else by its whole content. */
function dedupKey(event: HookEvent, userId: string, sessionId: string): string {
  const discriminator = event.toolUseId ?? canonicalJson(event.body);
  return createHash('sha256').update(`${userId}\n${sessionId}\n${event.name}\n${discriminator}`).digest('hex');
}
