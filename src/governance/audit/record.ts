/**
 * What is written down. These are the journal's own shapes: snake case, because the same members are columns in SQL
 * and members in exported JSON. Every record is stored as canonical JSON (RFC 8785) and hashed as it stands.
 */
import type { JsonValue } from '#foundation/json';
import type { CallKind } from '../policy/call.ts';
import type { Finding } from '../policy/decision.ts';

/** The six correlation ids as they stand in records and rows. */
export type CorrelationColumns = {
  readonly user_id: string;
  readonly session_id: string;
  readonly task_id: string;
  readonly trace_id: string;
  readonly context_id: string;
  readonly client_id: string;
};

/** `evaluated_rules` of `governance_decisions`: everything a reader needs beyond the columns. */
export type EvaluatedRules = {
  readonly findings: readonly Finding[];
  readonly principal: {
    readonly tenant_id: string;
    readonly role: string;
    readonly department: string | null;
    readonly credential_kind: string;
    readonly credential_id: string;
  };
  readonly server: string | null;
  readonly tool_use_id: string | null;
  readonly request_id: string;
  readonly retry_after_ms: number | null;
};

export type DecisionRecord = CorrelationColumns & {
  readonly kind: 'decision';
  readonly at_ms: number;
  readonly agent_id: string | null;
  /** The effective scope: the lesser of the principal's and the agent's. */
  readonly agent_scope: string;
  readonly plugin_id: string | null;
  readonly tool_name: string;
  readonly decision: 'allow' | 'deny' | 'ask';
  readonly policy: string;
  readonly reason: string;
  readonly evaluated_rules: EvaluatedRules;
  readonly call_kind: CallKind;
};

export type OutcomeStatus = 'completed' | 'failed' | 'cancelled' | 'unknown';

/** Written once for each allowed decision that had an effect, after the effect ended. */
export type OutcomeRecord = CorrelationColumns & {
  readonly kind: 'outcome';
  readonly at_ms: number;
  /** `governance_decisions.id` of the decision that it closes. */
  readonly decision_id: string;
  readonly request_id: string;
  readonly tenant_id: string;
  readonly status: OutcomeStatus;
  readonly error: string | null;
  readonly latency_ms: number;
  readonly effect: ModelRequestEffect | ToolCallEffect | null;
};

/** One row of `ai_requests` with its messages, tool calls and payload. */
export type ModelRequestEffect = {
  readonly type: 'model_request';
  readonly provider: string;
  readonly requested_model: string;
  readonly served_model: string | null;
  readonly route: string;
  readonly upstream_request_id: string | null;
  readonly http_status: number;
  readonly is_streaming: boolean;
  readonly ttft_ms: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_5m_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly reasoning_tokens: number | null;
  /** Null when the model has no price; never zero for want of one. */
  readonly cost_microdollars: number | null;
  readonly price_source: string | null;
  readonly stop_reason: string | null;
  readonly details: ModelRequestDetails;
  readonly messages: readonly { readonly role: string; readonly content: JsonValue }[];
  readonly tool_calls: readonly {
    readonly tool_use_id: string;
    readonly tool_name: string;
    readonly input: JsonValue;
  }[];
  readonly payload: {
    readonly request: PayloadColumn;
    readonly response: PayloadColumn;
  } | null;
};

/** What else there is to say of a model request; members that say nothing are left out. */
export type ModelRequestDetails = {
  readonly operation: string;
  /** Wires: `anthropic`, `openai-chat`, `openai-responses`, `gemini`. */
  readonly client_dialect: string;
  readonly upstream_dialect?: string;
  readonly upstream_model?: string;
  /** By which the upstream said it served. */
  readonly service_tier?: string;
  /** Upstreams that were tried before, and what they answered; a status of null is no answer. */
  readonly failed_attempts?: readonly {
    readonly provider: string;
    readonly model: string;
    readonly status: number | null;
    readonly error: string;
  }[];
  /** What a conversion could not carry over, by its place in the client's body. */
  readonly conversion?: { readonly dropped: readonly string[]; readonly changed: readonly string[] };
  /** Whether the gateway answered by itself; `usage` is what the upstream counted for request `of_request`. */
  readonly cache?: {
    readonly result: 'hit' | 'miss';
    readonly of_request?: string;
    readonly age_s?: number;
    readonly usage?: Readonly<Record<string, number | null>>;
  };
  readonly claude_session_id?: string;
  readonly agent_id?: string;
  readonly parent_agent_id?: string;
  /** The client's own end user, as it names them. */
  readonly end_user?: string;
};

/** A body as it was kept: whole up to a cap, otherwise its two ends. */
export type PayloadColumn = {
  readonly text: string | null;
  readonly bytes: number;
  readonly sha256: string;
  readonly truncated: boolean;
};

/** One row of `mcp_tool_executions`. */
export type ToolCallEffect = {
  readonly type: 'tool_call';
  readonly server: string;
  readonly tool_name: string;
  readonly tool_use_id: string | null;
  /** The JSON-RPC method; `tools/call` for a tool. */
  readonly method: string;
  readonly transport: 'stdio' | 'http' | 'internal';
  /** The child's process id, where one ran. */
  readonly child_pid: number | null;
  readonly is_error: boolean;
  readonly input: JsonValue;
  readonly output: JsonValue;
  readonly input_bytes: number;
  readonly output_bytes: number;
};

/** Something that happened and needed no decision: a tracked hook event, a change of identity. */
export type EventRecord = CorrelationColumns & {
  readonly kind: 'event';
  readonly at_ms: number;
  readonly tenant_id: string;
  readonly event: PluginUsageEvent | IdentityEvent;
};

/** One row of `plugin_usage_events`; `dedup_key` is unique. */
export type PluginUsageEvent = {
  readonly type: 'plugin_usage';
  readonly plugin_id: string | null;
  readonly hook_event_name: string;
  readonly tool_name: string | null;
  readonly tool_use_id: string | null;
  readonly agent_id: string | null;
  readonly dedup_key: string;
  readonly payload: JsonValue;
};

export type IdentityEvent = {
  readonly type: 'identity';
  readonly name: string;
  readonly subject_user_id: string;
  readonly detail: JsonValue;
};

export type AuditRecord = DecisionRecord | OutcomeRecord | EventRecord;

/** Where a record stands; its `id` in every table is `<log_id>-<seq, 12 digits>`. */
export type RecordPosition = { readonly logId: string; readonly seq: number; readonly id: string };

export function recordId(logId: string, seq: number): string {
  return `${logId}-${String(seq).padStart(12, '0')}`;
}
