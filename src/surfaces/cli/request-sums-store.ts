/** The SQL of `analytics`: sums over the model requests that were recorded, by what one asks about. */
import type { Database } from '#foundation/postgres/database';
import type { Page } from './call-records-store.ts';
import { valueToJson } from './database-inspection-store.ts';

/** What the requests of a sum have in common; `all` is one sum over everything. Times are in UTC. */
const SUM_SUBJECTS = {
  all: "'all'",
  user: 'a.user_id',
  agent: "coalesce(d.agent_id, a.details->>'agent_id', '(none)')",
  department: "coalesce(d.evaluated_rules->'principal'->>'department', '(none)')",
  tenant: 'a.tenant_id',
  client: 'a.client_id',
  session: "coalesce(a.details->>'claude_session_id', a.context_id)",
  provider: 'a.provider',
  model: 'coalesce(a.served_model, a.requested_model)',
  route: 'a.route',
  dialect: "coalesce(a.details->>'client_dialect', '(unknown)')",
  hour: `to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24":00Z"')`,
  day: "to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
  week: `to_char(a.created_at AT TIME ZONE 'UTC', 'IYYY-"W"IW')`,
  month: "to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM')",
} as const;

export type SumSubject = keyof typeof SUM_SUBJECTS;

/** As one may ask for them; `all` is asked for by naming none. */
export const SUM_SUBJECT_NAMES = [
  'user',
  'agent',
  'department',
  'tenant',
  'client',
  'session',
  'provider',
  'model',
  'route',
  'dialect',
  'hour',
  'day',
  'week',
  'month',
] as const satisfies readonly SumSubject[];

export const SUM_PERIODS = ['hour', 'day', 'week', 'month'] as const satisfies readonly SumSubject[];

export type SumFilter = {
  readonly since: Date;
  readonly limit: number;
  readonly user?: string | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly department?: string | undefined;
};

/** Sums by a period are in its order, all others with the largest first; the first column is the subject's name. */
export type RequestSums = {
  /** Tokens, cost in microdollars, and how many requests have no known price and are not in it. */
  costs(by: SumSubject, filter: SumFilter): Promise<Page>;
  /** How they ended, how long they took, how many were converted, answered from a cache, or by a second upstream. */
  requests(by: SumSubject, filter: SumFilter): Promise<Page>;
};

export function createRequestSums(database: Database): RequestSums {
  async function sum(by: SumSubject, sums: Sums, filter: SumFilter): Promise<Page> {
    const columns = [by, ...Object.keys(sums.columns)];
    const rows = await database.query<Readonly<Record<string, unknown>>>(statement(by, sums), [
      filter.since,
      filter.limit,
      filter.user ?? null,
      filter.model ?? null,
      filter.provider ?? null,
      filter.department ?? null,
    ]);
    const items = rows.map((row) => Object.fromEntries(columns.map((name) => [name, valueToJson(row[name])])));
    return { columns, items };
  }
  return {
    costs: (by, filter) => sum(by, COSTS, filter),
    requests: (by, filter) => sum(by, REQUESTS, filter),
  };
}

type Sums = { readonly columns: Readonly<Record<string, string>>; readonly largest: string };

const COSTS: Sums = {
  columns: {
    requests: 'count(*)',
    unpriced: "count(*) FILTER (WHERE a.cost_microdollars IS NULL AND a.status = 'completed')",
    input_tokens: 'coalesce(sum(a.input_tokens), 0)::bigint',
    output_tokens: 'coalesce(sum(a.output_tokens), 0)::bigint',
    cache_read_tokens: 'coalesce(sum(a.cache_read_tokens), 0)::bigint',
    cost_microdollars: 'coalesce(sum(a.cost_microdollars), 0)::bigint',
  },
  largest: 'cost_microdollars',
};

const REQUESTS: Sums = {
  columns: {
    requests: 'count(*)',
    completed: "count(*) FILTER (WHERE a.status = 'completed')",
    failed: "count(*) FILTER (WHERE a.status = 'failed')",
    cancelled: "count(*) FILTER (WHERE a.status = 'cancelled')",
    streamed: 'count(*) FILTER (WHERE a.is_streaming)',
    converted: "count(*) FILTER (WHERE a.details->>'upstream_dialect' <> a.details->>'client_dialect')",
    cached: "count(*) FILTER (WHERE a.details->'cache'->>'result' = 'hit')",
    fell_back: "count(*) FILTER (WHERE a.details ? 'failed_attempts')",
    latency_ms_p50: percentile(0.5, 'latency_ms'),
    latency_ms_p95: percentile(0.95, 'latency_ms'),
    ttft_ms_p50: percentile(0.5, 'ttft_ms'),
  },
  largest: 'requests',
};

function percentile(share: number, column: string): string {
  return `round(percentile_cont(${share}) WITHIN GROUP (ORDER BY a.${column})::numeric, 1)::double precision`;
}

function statement(by: SumSubject, { columns, largest }: Sums): string {
  const sums = Object.entries(columns).map(([name, expression]) => `${expression} AS ${name}`);
  const isPeriod = SUM_PERIODS.some((period) => period === by);
  return `
  SELECT ${[`${SUM_SUBJECTS[by]} AS "${by}"`, ...sums].join(',\n         ')}
    FROM ai_requests a JOIN governance_decisions d ON d.id = a.decision_id
   WHERE a.created_at >= $1 AND ($3::text IS NULL OR a.user_id = $3)
     AND ($4::text IS NULL OR a.requested_model = $4 OR a.served_model = $4)
     AND ($5::text IS NULL OR a.provider = $5)
     AND ($6::text IS NULL OR d.evaluated_rules->'principal'->>'department' = $6)
   GROUP BY 1
   ORDER BY ${isPeriod ? '1 DESC' : `"${largest}" DESC, 1`}
   LIMIT $2`;
}
