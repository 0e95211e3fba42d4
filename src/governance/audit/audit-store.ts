/** What people and commands ask of the audit tables. Reads only; wait with `Audit.caughtUp` first to see one's own. */
import type { Database } from '#foundation/postgres/database';
import type { CallKind } from '../policy/call.ts';
import type {
  DecisionRow,
  MessageRow,
  ModelRequestRow,
  OutcomeRow,
  PayloadRow,
  RequestedToolCallRow,
  ToolExecutionRow,
  TrailRow,
  UsageEventRow,
} from './audit-rows.ts';

/** What kind of id a text turned out to be. */
export type FoundId = { readonly kind: 'decision' | 'outcome' | 'request' | 'task' | 'trace'; readonly value: string };

export type DecisionFilters = {
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly decision?: 'allow' | 'deny' | 'ask';
  readonly policy?: string;
  readonly callKind?: CallKind;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly toolName?: string;
  /** At most `LIST_ROWS_MAX`. */
  readonly limit: number;
};

export const LIST_ROWS_MAX = 1_000;
/** Decisions of one story; a trace with more is cut here. */
export const STORY_DECISIONS_MAX = 500;

export type AuditStore = {
  /** The distinct ids that begin with the text, at most `limit`. */
  findIds(prefix: string, limit: number): Promise<readonly FoundId[]>;
  /** Newest first. */
  listDecisions(filters: DecisionFilters): Promise<readonly TrailRow[]>;
  /** The decisions that carry the id, oldest first. */
  decisionsOf(id: FoundId): Promise<readonly DecisionRow[]>;
  /** The decisions about these uses of tools by the same users in the same sessions. */
  decisionsOfToolUses(toolUseIds: readonly string[], around: readonly DecisionRow[]): Promise<readonly DecisionRow[]>;
  outcomesOf(decisionIds: readonly string[]): Promise<readonly OutcomeRow[]>;
  modelRequestsOf(decisionIds: readonly string[]): Promise<readonly ModelRequestRow[]>;
  toolExecutionsOf(decisionIds: readonly string[]): Promise<readonly ToolExecutionRow[]>;
  messagesOf(requestIds: readonly string[]): Promise<readonly MessageRow[]>;
  toolCallsOf(requestIds: readonly string[]): Promise<readonly RequestedToolCallRow[]>;
  payloadsOf(requestIds: readonly string[]): Promise<readonly PayloadRow[]>;
  /** Tracked hook events of the same traces, or about the same uses of tools. */
  usageEventsOf(decisions: readonly DecisionRow[], toolUseIds: readonly string[]): Promise<readonly UsageEventRow[]>;
};

export function createAuditStore(database: Database): AuditStore {
  const inOrder = <Row>(sql: string, ids: readonly string[]): Promise<readonly Row[]> =>
    ids.length === 0 ? Promise.resolve([]) : database.query<Row>(sql, [ids]);

  return {
    findIds: (prefix, limit) => database.query(FIND_IDS, [prefix, `${prefix}${LAST_CHARACTER}`, limit]),
    listDecisions: (filters) => listDecisions(database, filters),
    decisionsOf: ({ kind, value }) =>
      database.query(`SELECT * FROM governance_decisions WHERE ${MATCH[kind]} ORDER BY created_at, id LIMIT $2`, [
        value,
        STORY_DECISIONS_MAX,
      ]),
    async decisionsOfToolUses(toolUseIds, around) {
      if (toolUseIds.length === 0) return [];
      return database.query(
        `SELECT * FROM governance_decisions
         WHERE session_id = ANY($1) AND user_id = ANY($2) AND evaluated_rules ->> 'tool_use_id' = ANY($3)
         ORDER BY created_at, id LIMIT $4`,
        [distinct(around, 'session_id'), distinct(around, 'user_id'), toolUseIds, STORY_DECISIONS_MAX],
      );
    },
    outcomesOf: (ids) => inOrder('SELECT * FROM audit_outcomes WHERE decision_id = ANY($1) ORDER BY id', ids),
    modelRequestsOf: (ids) => inOrder('SELECT * FROM ai_requests WHERE decision_id = ANY($1) ORDER BY id', ids),
    toolExecutionsOf: (ids) =>
      inOrder('SELECT * FROM mcp_tool_executions WHERE decision_id = ANY($1) ORDER BY id', ids),
    messagesOf: (ids) =>
      inOrder('SELECT * FROM ai_request_messages WHERE ai_request_id = ANY($1) ORDER BY ai_request_id, sequence', ids),
    toolCallsOf: (ids) =>
      inOrder(
        'SELECT * FROM ai_request_tool_calls WHERE ai_request_id = ANY($1) ORDER BY ai_request_id, sequence',
        ids,
      ),
    payloadsOf: (ids) => inOrder('SELECT * FROM ai_request_payloads WHERE ai_request_id = ANY($1)', ids),
    async usageEventsOf(decisions, toolUseIds) {
      if (decisions.length === 0) return [];
      return database.query(
        `SELECT * FROM plugin_usage_events
         WHERE session_id = ANY($1) AND user_id = ANY($2) AND (trace_id = ANY($3) OR tool_use_id = ANY($4))
         ORDER BY created_at, id LIMIT $5`,
        [
          distinct(decisions, 'session_id'),
          distinct(decisions, 'user_id'),
          distinct(decisions, 'trace_id'),
          toolUseIds,
          STORY_DECISIONS_MAX,
        ],
      );
    },
  };
}

/** Sorts after every other character in the collation "C", so that a range over an index finds a prefix. */
const LAST_CHARACTER = '\u{10FFFF}';

const REQUEST_ID = `(evaluated_rules ->> 'request_id') COLLATE "C"`;

const FIND_IDS = [
  ['decision', 'id', 'governance_decisions'],
  ['request', REQUEST_ID, 'governance_decisions'],
  ['task', 'task_id', 'governance_decisions'],
  ['trace', 'trace_id', 'governance_decisions'],
  ['outcome', 'id', 'audit_outcomes'],
]
  .map(
    ([kind, column, table]) =>
      `(SELECT DISTINCT '${kind}' AS kind, ${column} AS value FROM ${table}
        WHERE ${column} >= $1 AND ${column} < $2 ORDER BY value LIMIT $3)`,
  )
  .join(' UNION ALL ');

const MATCH: Readonly<Record<FoundId['kind'], string>> = {
  decision: 'id = $1',
  outcome: 'id = (SELECT decision_id FROM audit_outcomes WHERE id = $1)',
  request: `${REQUEST_ID} = $1`,
  task: 'task_id = $1',
  trace: 'trace_id = $1',
};

function listDecisions(database: Database, filters: DecisionFilters): Promise<readonly TrailRow[]> {
  const parameters: unknown[] = [];
  const conditions: string[] = [];
  const add = (condition: (position: string) => string, value: unknown): void => {
    if (value === undefined) return;
    parameters.push(value);
    conditions.push(condition(`$${parameters.length}`));
  };
  add((at) => `created_at >= ${at}`, dateOf(filters.sinceMs));
  add((at) => `created_at < ${at}`, dateOf(filters.untilMs));
  add((at) => `decision = ${at}`, filters.decision);
  add((at) => `policy = ${at}`, filters.policy);
  add((at) => `call_kind = ${at}`, filters.callKind);
  add((at) => `user_id = ${at}`, filters.userId);
  add((at) => `session_id = ${at}`, filters.sessionId);
  add((at) => `tool_name = ${at}`, filters.toolName);
  parameters.push(Math.min(filters.limit, LIST_ROWS_MAX));
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return database.query(
    `SELECT * FROM audit_trail ${where} ORDER BY created_at DESC, id DESC LIMIT $${parameters.length}`,
    parameters,
  );
}

function dateOf(epochMs: number | undefined): Date | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs);
}

function distinct(decisions: readonly DecisionRow[], column: 'session_id' | 'user_id' | 'trace_id'): readonly string[] {
  return [...new Set(decisions.map((decision) => decision[column]))];
}
