import type { Clock } from '#foundation/time';
import type { Audit } from './audit/audit.ts';
import type { CorrelationColumns, OutcomeRecord, RecordPosition } from './audit/record.ts';
import type { Correlation } from './identity/correlation.ts';
import type { Call } from './policy/call.ts';
import type { Decision } from './policy/decision.ts';
import { effectiveScope } from './policy/effective-scope.ts';
import type { Pipeline } from './policy/pipeline.ts';

/** A decision that is already durable, and the way to close it. */
export type Governed = {
  readonly decision: Decision;
  readonly position: RecordPosition;
  readonly requestId: string;
};

export type Outcome = Pick<OutcomeRecord, 'status' | 'error' | 'latency_ms' | 'effect'>;

/**
 * The one way from a call to its effect: judge by the pipeline, make the decision durable, only then answer. Every
 * surface uses it, so there is no decision without a record and no effect without a decision.
 */
export type Governor = {
  /** Rejects with `unavailable` when the decision cannot be recorded; the caller denies then. */
  govern(call: Call, requestId: string): Promise<Governed>;
  /** Records a denial that happened before there was a call to judge, such as a failed authentication. */
  recordRefusal(call: Call, decision: Decision, requestId: string): Promise<Governed>;
  /** Closes an allowed decision after its effect ended. */
  close(call: Call, governed: Governed, outcome: Outcome): Promise<void>;
};

/** What a call is charged in while it is under way. */
export type Charges = {
  /** Undefined when nothing needs to be waited for; never rejects. */
  prepare(call: Call): Promise<void> | undefined;
  /** The call has no effect, and is charged nothing. */
  release(call: Call): void;
  /** The effect has ended. */
  settle(call: Call, outcome: Outcome): void;
};

export function createGovernor(deps: {
  readonly pipeline: Pipeline;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly charges?: Charges;
}): Governor {
  const { pipeline, audit, clock, charges } = deps;

  async function govern(call: Call, requestId: string): Promise<Governed> {
    const preparation = charges?.prepare(call);
    if (preparation !== undefined) await preparation;
    const decision = pipeline.decide(call);
    if (decision.outcome !== 'allow') charges?.release(call);
    try {
      return await record(call, decision, requestId);
    } catch (error) {
      charges?.release(call);
      throw error;
    }
  }

  async function record(call: Call, decision: Decision, requestId: string): Promise<Governed> {
    const { principal } = call;
    const position = await audit.append({
      kind: 'decision',
      at_ms: clock.nowMs(),
      ...correlationColumns(call.correlation),
      agent_id: call.agent?.id ?? null,
      agent_scope: effectiveScope(principal.role, call.agent?.scope ?? null),
      plugin_id: call.pluginId,
      tool_name: call.toolName,
      decision: decision.outcome,
      policy: decision.policy,
      reason: decision.reason,
      call_kind: call.kind,
      evaluated_rules: {
        findings: decision.findings,
        principal: {
          tenant_id: principal.tenantId,
          role: principal.role,
          department: principal.department,
          credential_kind: principal.credential.kind,
          credential_id: principal.credential.id,
        },
        server: call.server,
        tool_use_id: call.toolUseId,
        request_id: requestId,
        retry_after_ms: decision.retryAfterMs,
      },
    });
    return { decision, position, requestId };
  }

  function recordOutcome(call: Call, governed: Governed, outcome: Outcome): Promise<unknown> {
    return audit.append({
      kind: 'outcome',
      at_ms: clock.nowMs(),
      ...correlationColumns(call.correlation),
      decision_id: governed.position.id,
      request_id: governed.requestId,
      tenant_id: call.principal.tenantId,
      ...outcome,
    });
  }

  return {
    govern,
    recordRefusal: record,
    async close(call, governed, outcome) {
      try {
        charges?.settle(call, outcome);
      } finally {
        await recordOutcome(call, governed, outcome);
      }
    },
  };
}

export function correlationColumns(correlation: Correlation): CorrelationColumns {
  return {
    user_id: correlation.userId,
    session_id: correlation.sessionId,
    task_id: correlation.taskId,
    trace_id: correlation.traceId,
    context_id: correlation.contextId,
    client_id: correlation.clientId,
  };
}
