import type { DecisionRecord, EventRecord, OutcomeRecord } from '#governance/audit/record';

export const CORRELATION = {
  user_id: 'user-1',
  session_id: 'session-1',
  task_id: 'task-1',
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  context_id: 'context-1',
  client_id: 'client-1',
} as const;

/** A decision with everything that a test does not speak of filled in. */
export function decisionRecord(
  changes: Partial<DecisionRecord> & { readonly request_id?: string } = {},
): DecisionRecord {
  const { request_id: requestId = 'request-1', ...columns } = changes;
  return {
    kind: 'decision',
    at_ms: 1_800_000_000_000,
    ...CORRELATION,
    agent_id: null,
    agent_scope: 'user',
    plugin_id: null,
    tool_name: 'Read',
    decision: 'allow',
    policy: 'pipeline',
    reason: '',
    call_kind: 'hook',
    evaluated_rules: {
      findings: [{ check: 'authentication', result: 'pass', detail: 'pat sp-live-1 as user', durationMicros: 0 }],
      principal: {
        tenant_id: 'tenant-1',
        role: 'user',
        department: null,
        credential_kind: 'pat',
        credential_id: 'sp-live-1',
      },
      server: null,
      tool_use_id: null,
      request_id: requestId,
      retry_after_ms: null,
    },
    ...columns,
  };
}

export function modelOutcome(decisionId: string, changes: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    kind: 'outcome',
    at_ms: 1_800_000_000_900,
    ...CORRELATION,
    decision_id: decisionId,
    request_id: 'request-1',
    tenant_id: 'tenant-1',
    status: 'completed',
    error: null,
    latency_ms: 812.25,
    effect: {
      type: 'model_request',
      provider: 'anthropic',
      requested_model: 'claude-sonnet',
      served_model: 'claude-sonnet-4-6',
      route: 'claude-*',
      upstream_request_id: 'req_1',
      http_status: 200,
      is_streaming: true,
      ttft_ms: 101.5,
      input_tokens: 12,
      output_tokens: 34,
      cache_read_tokens: 0,
      cache_write_5m_tokens: null,
      cache_write_1h_tokens: null,
      reasoning_tokens: null,
      cost_microdollars: 546,
      price_source: 'genai-prices exact',
      stop_reason: 'tool_use',
      details: { operation: 'generate', client_dialect: 'anthropic' },
      messages: [
        { role: 'user', content: 'list the files' },
        { role: 'assistant', content: [{ type: 'text', text: 'looking' }] },
      ],
      tool_calls: [{ tool_use_id: 'toolu_1', tool_name: 'list_directory', input: { path: '/srv' } }],
      payload: {
        request: { text: '{"a":1}', bytes: 7, sha256: 'aa', truncated: false },
        response: { text: null, bytes: 900_000, sha256: 'bb', truncated: true },
      },
    },
    ...changes,
  };
}

export function toolOutcome(decisionId: string, changes: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    kind: 'outcome',
    at_ms: 1_800_000_000_500,
    ...CORRELATION,
    decision_id: decisionId,
    request_id: 'request-2',
    tenant_id: 'tenant-1',
    status: 'completed',
    error: null,
    latency_ms: 12,
    effect: {
      type: 'tool_call',
      server: 'files',
      tool_name: 'list_directory',
      tool_use_id: 'toolu_1',
      method: 'tools/call',
      transport: 'stdio',
      child_pid: 4242,
      is_error: false,
      input: { path: '/srv' },
      output: { content: [{ type: 'text', text: 'a.txt' }] },
      input_bytes: 15,
      output_bytes: 44,
    },
    ...changes,
  };
}

export function usageEvent(dedupKey: string): EventRecord {
  return {
    kind: 'event',
    at_ms: 1_800_000_001_000,
    ...CORRELATION,
    tenant_id: 'tenant-1',
    event: {
      type: 'plugin_usage',
      plugin_id: 'enterprise-demo',
      hook_event_name: 'PostToolUse',
      tool_name: 'Read',
      tool_use_id: 'toolu_2',
      agent_id: null,
      dedup_key: dedupKey,
      payload: { ok: true },
    },
  };
}
