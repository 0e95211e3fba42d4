/** The rows of the audit tables as they are read: the columns' own names, times as `Date`. */
import type { JsonValue } from '#foundation/json';
import type { CallKind } from '../policy/call.ts';
import type { CorrelationColumns, EvaluatedRules, OutcomeStatus } from './record.ts';

type RecordColumns = { readonly id: string; readonly seq: number; readonly created_at: Date };

/** `governance_decisions`: 18 columns. */
export type DecisionRow = RecordColumns &
  CorrelationColumns & {
    readonly agent_id: string | null;
    readonly agent_scope: string;
    readonly plugin_id: string | null;
    readonly tool_name: string;
    readonly decision: 'allow' | 'deny' | 'ask';
    readonly policy: string;
    readonly reason: string;
    readonly evaluated_rules: EvaluatedRules;
    readonly call_kind: CallKind;
  };

/** How a decision ended: `open` while its effect runs, `allowed` where the effect is none of ours. */
export type DecisionResult = OutcomeStatus | 'denied' | 'asked' | 'open' | 'allowed';

/** `audit_trail`, as lists need it. */
export type TrailRow = DecisionRow & {
  readonly request_id: string;
  readonly tool_use_id: string | null;
  readonly tenant_id: string;
  readonly role: string;
  readonly result: DecisionResult;
  readonly error: string | null;
  readonly latency_ms: number | null;
  readonly server: string | null;
  readonly provider: string | null;
  readonly served_model: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_microdollars: number | null;
};

export type OutcomeRow = RecordColumns & {
  readonly decision_id: string;
  readonly request_id: string;
  readonly tenant_id: string;
  readonly status: OutcomeStatus;
  readonly error: string | null;
  readonly latency_ms: number;
  readonly effect_type: string | null;
};

type EffectColumns = RecordColumns &
  CorrelationColumns & {
    readonly tenant_id: string;
    readonly request_id: string;
    readonly decision_id: string;
    readonly latency_ms: number;
    readonly status: OutcomeStatus;
    readonly error: string | null;
  };

export type ModelRequestRow = EffectColumns & {
  readonly provider: string;
  readonly requested_model: string;
  readonly served_model: string | null;
  readonly route: string;
  readonly upstream_request_id: string | null;
  readonly http_status: number;
  readonly is_streaming: boolean;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_5m_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly cost_microdollars: number | null;
  readonly price_source: string | null;
  readonly ttft_ms: number | null;
  readonly stop_reason: string | null;
  readonly details: JsonValue;
};

export type MessageRow = {
  readonly ai_request_id: string;
  readonly sequence: number;
  readonly role: string;
  readonly content: JsonValue;
};

export type RequestedToolCallRow = {
  readonly ai_request_id: string;
  readonly sequence: number;
  readonly tool_use_id: string;
  readonly tool_name: string;
  readonly input: JsonValue;
};

export type PayloadRow = {
  readonly ai_request_id: string;
  readonly request_text: string | null;
  readonly request_bytes: number;
  readonly request_sha256: string;
  readonly request_truncated: boolean;
  readonly response_text: string | null;
  readonly response_bytes: number;
  readonly response_sha256: string;
  readonly response_truncated: boolean;
};

export type ToolExecutionRow = EffectColumns & {
  readonly server: string;
  readonly tool_name: string;
  readonly tool_use_id: string | null;
  readonly method: string;
  readonly transport: string;
  readonly child_pid: number | null;
  readonly is_error: boolean;
  readonly input: JsonValue;
  readonly output: JsonValue;
  readonly input_bytes: number;
  readonly output_bytes: number;
};

export type UsageEventRow = RecordColumns &
  CorrelationColumns & {
    readonly tenant_id: string;
    readonly plugin_id: string | null;
    readonly hook_event_name: string;
    readonly tool_name: string | null;
    readonly tool_use_id: string | null;
    readonly agent_id: string | null;
    readonly dedup_key: string;
    readonly payload: JsonValue;
  };
