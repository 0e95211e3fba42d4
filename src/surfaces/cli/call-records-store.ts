/** The SQL of `infra logs`: lists and sums over what was recorded. One call's whole story is told by the audit module. */
import type { JsonObject } from '#foundation/json';
import type { Database } from '#foundation/postgres/database';
import { valueToJson } from './database-inspection-store.ts';

export type RecordFilter = {
  readonly since: Date;
  readonly limit: number;
  /** Each is compared exactly when it is given. */
  readonly decision?: string | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly server?: string | undefined;
  readonly tool?: string | undefined;
  readonly user?: string | undefined;
  readonly status?: string | undefined;
  /** Of ours, of a conversation, or the one that Claude Code names itself. */
  readonly session?: string | undefined;
};

export type Page = { readonly columns: readonly string[]; readonly items: readonly JsonObject[] };

export type CallRecords = {
  traces(filter: RecordFilter): Promise<Page>;
  requests(filter: RecordFilter): Promise<Page>;
  /** By model: how many, how long, how many tokens, at what cost. */
  requestStats(filter: RecordFilter): Promise<Page>;
  toolCalls(filter: RecordFilter): Promise<Page>;
  /** Calls in whose tool, reason, ids, model or error `text` stands. */
  search(text: string, filter: RecordFilter): Promise<Page>;
  /** By kind of call and decision. */
  summary(filter: RecordFilter): Promise<Page>;
};

export function createCallRecords(database: Database): CallRecords {
  async function page(columns: readonly string[], sql: string, params: readonly unknown[]): Promise<Page> {
    const rows = await database.query<Readonly<Record<string, unknown>>>(sql, params);
    return {
      columns,
      items: rows.map((row) => Object.fromEntries(columns.map((name) => [name, valueToJson(row[name])]))),
    };
  }
  return {
    traces: (filter) =>
      page(TRACE_COLUMNS, TRACES, [
        filter.since,
        filter.limit,
        filter.user ?? null,
        filter.decision ?? null,
        filter.tool ?? null,
      ]),
    requests: (filter) =>
      page(REQUEST_COLUMNS, REQUESTS, [
        filter.since,
        filter.limit,
        filter.user ?? null,
        filter.model ?? null,
        filter.provider ?? null,
        filter.status ?? null,
        filter.session ?? null,
      ]),
    requestStats: (filter) =>
      page(STATS_COLUMNS, REQUEST_STATS, [
        filter.since,
        filter.limit,
        filter.user ?? null,
        filter.model ?? null,
        filter.provider ?? null,
      ]),
    toolCalls: (filter) =>
      page(TOOL_COLUMNS, TOOL_CALLS, [
        filter.since,
        filter.limit,
        filter.user ?? null,
        filter.server ?? null,
        filter.tool ?? null,
      ]),
    search: (text, filter) => page(SEARCH_COLUMNS, SEARCH, [filter.since, filter.limit, likePattern(text)]),
    summary: (filter) => page(SUMMARY_COLUMNS, SUMMARY, [filter.since, filter.limit]),
  };
}

/** `text` anywhere, each of its characters standing for itself. */
function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

const TRACE_COLUMNS = [
  'trace_id',
  'started_at',
  'user_id',
  'calls',
  'allowed',
  'denied',
  'asked',
  'tools',
  'cost_microdollars',
];

const TRACES = `
  SELECT trace_id, min(created_at) AS started_at, min(user_id) AS user_id, count(*) AS calls,
         count(*) FILTER (WHERE decision = 'allow') AS allowed,
         count(*) FILTER (WHERE decision = 'deny') AS denied,
         count(*) FILTER (WHERE decision = 'ask') AS asked,
         array_agg(DISTINCT tool_name) AS tools,
         sum(cost_microdollars)::bigint AS cost_microdollars
    FROM audit_trail
   WHERE created_at >= $1 AND ($3::text IS NULL OR user_id = $3)
   GROUP BY trace_id
  HAVING ($4::text IS NULL OR bool_or(decision = $4)) AND ($5::text IS NULL OR bool_or(tool_name = $5))
   ORDER BY min(created_at) DESC
   LIMIT $2`;

const REQUEST_COLUMNS = [
  'request_id',
  'created_at',
  'user_id',
  'provider',
  'requested_model',
  'served_model',
  'status',
  'input_tokens',
  'output_tokens',
  'cost_microdollars',
  'latency_ms',
  'session',
  'error',
];

// A client's own name for its session is what a person searches by; ours may span several of them.
const REQUESTS = `
  SELECT request_id, created_at, user_id, provider, requested_model, served_model, status, input_tokens, output_tokens,
         cost_microdollars, round(latency_ms::numeric, 1)::double precision AS latency_ms,
         coalesce(details->>'claude_session_id', context_id) AS session, error
    FROM ai_requests
   WHERE created_at >= $1 AND ($3::text IS NULL OR user_id = $3)
     AND ($4::text IS NULL OR requested_model = $4 OR served_model = $4) AND ($5::text IS NULL OR provider = $5)
     AND ($6::text IS NULL OR status = $6)
     AND ($7::text IS NULL OR $7 IN (session_id, context_id, details->>'claude_session_id'))
   ORDER BY created_at DESC
   LIMIT $2`;

const STATS_COLUMNS = [
  'provider',
  'model',
  'requests',
  'failed',
  'input_tokens',
  'output_tokens',
  'cost_microdollars',
  'unpriced',
  'latency_ms_p50',
  'latency_ms_p95',
  'ttft_ms_p50',
];

const REQUEST_STATS = `
  SELECT provider, coalesce(served_model, requested_model) AS model, count(*) AS requests,
         count(*) FILTER (WHERE status <> 'completed') AS failed,
         sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
         sum(cost_microdollars)::bigint AS cost_microdollars,
         count(*) FILTER (WHERE cost_microdollars IS NULL) AS unpriced,
         round(percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms)::numeric, 1)::double precision AS latency_ms_p50,
         round(percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms)::numeric, 1)::double precision AS latency_ms_p95,
         round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ttft_ms)::numeric, 1)::double precision AS ttft_ms_p50
    FROM ai_requests
   WHERE created_at >= $1 AND ($3::text IS NULL OR user_id = $3)
     AND ($4::text IS NULL OR requested_model = $4 OR served_model = $4) AND ($5::text IS NULL OR provider = $5)
   GROUP BY 1, 2
   ORDER BY 3 DESC
   LIMIT $2`;

const TOOL_COLUMNS = [
  'request_id',
  'created_at',
  'user_id',
  'server',
  'tool_name',
  'status',
  'is_error',
  'latency_ms',
  'input_bytes',
  'output_bytes',
  'error',
];

const TOOL_CALLS = `
  SELECT request_id, created_at, user_id, server, tool_name, status, is_error, round(latency_ms::numeric, 1)::double precision AS latency_ms,
         input_bytes, output_bytes, error
    FROM mcp_tool_executions
   WHERE created_at >= $1 AND ($3::text IS NULL OR user_id = $3)
     AND ($4::text IS NULL OR server = $4) AND ($5::text IS NULL OR tool_name = $5)
   ORDER BY created_at DESC
   LIMIT $2`;

const SEARCH_COLUMNS = [
  'request_id',
  'created_at',
  'call_kind',
  'tool_name',
  'decision',
  'policy',
  'result',
  'reason',
  'error',
];

// The findings that had something to say; every row names every check, so the others would match every search.
const SPOKEN = `jsonb_path_query_array(evaluated_rules, '$.findings[*] ? (@.result != "pass" && @.result != "skipped")')::text`;

const SEARCH = `
  SELECT request_id, created_at, call_kind, tool_name, decision, policy, result, reason, error
    FROM audit_trail
   WHERE created_at >= $1
     AND concat_ws(E'\\n', id, request_id, trace_id, session_id, user_id, agent_id, plugin_id, tool_name, server, policy,
                   reason, requested_model, served_model, provider, error, ${SPOKEN}) ILIKE $3
   ORDER BY created_at DESC
   LIMIT $2`;

const SUMMARY_COLUMNS = [
  'call_kind',
  'decision',
  'policy',
  'calls',
  'users',
  'sessions',
  'cost_microdollars',
  'first_at',
  'last_at',
];

const SUMMARY = `
  SELECT call_kind, decision, policy, count(*) AS calls, count(DISTINCT user_id) AS users,
         count(DISTINCT session_id) AS sessions, sum(cost_microdollars)::bigint AS cost_microdollars,
         min(created_at) AS first_at, max(created_at) AS last_at
    FROM audit_trail
   WHERE created_at >= $1
   GROUP BY 1, 2, 3
   ORDER BY 4 DESC
   LIMIT $2`;
