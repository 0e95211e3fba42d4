/**
 * From a record to the canonical text that is framed, hashed, drained and exported: the record's own members, its
 * place (`log_id`, `seq`) and `prev`, the leaf hash of the record before it. The chain is what lets a verifier name
 * the first record that was changed, where the tree alone would only say that one was.
 */
import { sha256 } from '#foundation/crypto';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import type { Finding } from '../policy/decision.ts';
import type { AuditRecord, DecisionRecord, EvaluatedRules, ModelRequestEffect, OutcomeRecord } from './record.ts';

export type RecordPlace = {
  readonly logId: string;
  readonly seq: number;
  /** Base64; empty for the first record of a log. */
  readonly prev: string;
};

export function encodeRecord(record: AuditRecord, place: RecordPlace): string {
  const text = canonicalText(record, place);
  return MAY_HOLD_UNSTORABLE.test(text) ? canonicalJson(storable(placed(record, place))) : text;
}

function canonicalText(record: AuditRecord, place: RecordPlace): string {
  switch (record.kind) {
    case 'decision':
      return JSON.stringify(orderedDecision(record, place));
    case 'outcome':
      return canonicalJson(orderedOutcome(record, place));
    case 'event':
      return canonicalJson(placed(record, place));
  }
}

function placed(record: AuditRecord, place: RecordPlace): JsonObject {
  return { ...record, log_id: place.logId, seq: place.seq, prev: place.prev };
}

/** Every member of the shape, the optional ones as possibly undefined: JSON leaves those out. */
type Whole<Shape> = { readonly [Key in keyof Required<Shape>]: Shape[Key] | undefined };

type OrderedRules = Whole<Omit<EvaluatedRules, 'findings'>> & { readonly findings: readonly Whole<Finding>[] };

type RecordPlaceMembers = { readonly log_id: string; readonly seq: number; readonly prev: string };

type OrderedDecision = Whole<Omit<DecisionRecord, 'evaluated_rules'>> &
  RecordPlaceMembers & { readonly evaluated_rules: OrderedRules };

/**
 * A decision, which every call waits for: members are set down in their canonical order, so nothing is sorted. The types
 * see to it that none is forgotten, and a test that the order is right.
 */
function orderedDecision(record: DecisionRecord, place: RecordPlace): OrderedDecision {
  return {
    agent_id: record.agent_id,
    agent_scope: record.agent_scope,
    at_ms: record.at_ms,
    call_kind: record.call_kind,
    client_id: record.client_id,
    context_id: record.context_id,
    decision: record.decision,
    evaluated_rules: orderedRules(record.evaluated_rules),
    kind: record.kind,
    log_id: place.logId,
    plugin_id: record.plugin_id,
    policy: record.policy,
    prev: place.prev,
    reason: record.reason,
    seq: place.seq,
    session_id: record.session_id,
    task_id: record.task_id,
    tool_name: record.tool_name,
    trace_id: record.trace_id,
    user_id: record.user_id,
  };
}

function orderedRules(rules: EvaluatedRules): OrderedRules {
  const { principal } = rules;
  return {
    findings: rules.findings.map(orderedFinding),
    principal: {
      credential_id: principal.credential_id,
      credential_kind: principal.credential_kind,
      department: principal.department,
      role: principal.role,
      tenant_id: principal.tenant_id,
    },
    request_id: rules.request_id,
    retry_after_ms: rules.retry_after_ms,
    server: rules.server,
    tool_use_id: rules.tool_use_id,
  };
}

function orderedFinding(finding: Finding): Whole<Finding> {
  return {
    check: finding.check,
    detail: finding.detail,
    durationMicros: finding.durationMicros,
    path: finding.path,
    result: finding.result,
    rule: finding.rule,
  };
}

/** The same for an outcome, whose contents are in whatever order they came. */
function orderedOutcome(record: OutcomeRecord, place: RecordPlace): JsonObject {
  const { effect } = record;
  const ordered: Whole<OutcomeRecord & RecordPlaceMembers> = {
    at_ms: record.at_ms,
    client_id: record.client_id,
    context_id: record.context_id,
    decision_id: record.decision_id,
    effect: effect?.type === 'model_request' ? orderedModelRequest(effect) : effect,
    error: record.error,
    kind: record.kind,
    latency_ms: record.latency_ms,
    log_id: place.logId,
    prev: place.prev,
    request_id: record.request_id,
    seq: place.seq,
    session_id: record.session_id,
    status: record.status,
    task_id: record.task_id,
    tenant_id: record.tenant_id,
    trace_id: record.trace_id,
    user_id: record.user_id,
  };
  return ordered;
}

function orderedModelRequest(effect: ModelRequestEffect): ModelRequestEffect {
  const ordered: { readonly [Member in keyof Required<ModelRequestEffect>]: ModelRequestEffect[Member] } = {
    cache_read_tokens: effect.cache_read_tokens,
    cache_write_1h_tokens: effect.cache_write_1h_tokens,
    cache_write_5m_tokens: effect.cache_write_5m_tokens,
    cost_microdollars: effect.cost_microdollars,
    details: effect.details,
    http_status: effect.http_status,
    input_tokens: effect.input_tokens,
    is_streaming: effect.is_streaming,
    messages: effect.messages,
    output_tokens: effect.output_tokens,
    payload: effect.payload,
    price_source: effect.price_source,
    provider: effect.provider,
    reasoning_tokens: effect.reasoning_tokens,
    requested_model: effect.requested_model,
    route: effect.route,
    served_model: effect.served_model,
    stop_reason: effect.stop_reason,
    tool_calls: effect.tool_calls,
    ttft_ms: effect.ttft_ms,
    type: effect.type,
    upstream_request_id: effect.upstream_request_id,
  };
  return ordered;
}

/**
 * PostgreSQL stores neither U+0000 nor half a surrogate pair, and RFC 8785 forbids the latter. Both are rare, so the
 * finished text is searched for their escapes and only then is the record walked.
 */
const MAY_HOLD_UNSTORABLE = /\\u(?:0000|d)/;

function storable(value: JsonValue): JsonValue {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [storableText(key), storable(member)]));
}

function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/**
 * The same outcome without the contents that make it too long to store: their size and hash stay. An outcome must be
 * recorded whatever it carried, so it is never refused for its length.
 */
export function withoutContents(record: AuditRecord): AuditRecord {
  if (record.kind !== 'outcome' || record.effect === null) return record;
  const { effect } = record;
  if (effect.type === 'tool_call') {
    return { ...record, effect: { ...effect, input: omitted(effect.input), output: omitted(effect.output) } };
  }
  return {
    ...record,
    effect: {
      ...effect,
      messages: effect.messages.map(({ role, content }) => ({ role, content: omitted(content) })),
      tool_calls: effect.tool_calls.map((call) => ({ ...call, input: omitted(call.input) })),
      payload: null,
    },
  };
}

function omitted(value: JsonValue): JsonValue {
  const text = canonicalJson(value);
  return { omitted: true, bytes: Buffer.byteLength(text), sha256: sha256(text).toString('hex') };
}
