/** The SQL of `infra logs audit`: from an id, or the beginning of one, to the calls that it names, each one whole. */
import { OperatingError } from '#foundation/errors';
import type { JsonObject } from '#foundation/json';
import type { Database } from '#foundation/postgres/database';
import { valueToJson } from './database-inspection-store.ts';

/** What happened in one call. Members are rows as they stand in the tables. */
export type CallStory = {
  /** The row of `audit_trail`: who, what, why, with what result, at what cost. */
  readonly call: JsonObject;
  /** E-mail of the user, where the id is a user's. */
  readonly email: string | null;
  readonly messages: readonly JsonObject[];
  readonly toolCalls: readonly JsonObject[];
  readonly payload: JsonObject | null;
  /** What clients reported about the same tool use. */
  readonly events: readonly JsonObject[];
};

export type NamedCalls = {
  readonly kind: IdKind;
  /** The whole id. */
  readonly id: string;
  /** Oldest first. */
  readonly stories: readonly CallStory[];
  readonly isCut: boolean;
};

export type IdKind = 'decision' | 'request' | 'trace' | 'task';

const CALLS_MAX = 200;
const CANDIDATES_MAX = 8;
const PREFIX_CHARACTERS_MIN = 4;

/** Rejects with `not_found`, and with `conflict` when the beginning fits several ids. */
export async function readCallStories(database: Database, idOrPrefix: string): Promise<NamedCalls> {
  const { kind, id } = await resolveId(database, idOrPrefix);
  const calls = await database.query<Row>(
    `SELECT * FROM audit_trail WHERE ${CONDITIONS[kind]} ORDER BY created_at, id LIMIT $2`,
    [id, CALLS_MAX + 1],
  );
  const stories: CallStory[] = [];
  for (const call of calls.slice(0, CALLS_MAX)) stories.push(await readStory(database, toJson(call)));
  return { kind, id, stories, isCut: calls.length > CALLS_MAX };
}

type Row = Readonly<Record<string, unknown>>;

// The expression of the request id is the one that its index holds.
const REQUEST_ID = `(evaluated_rules ->> 'request_id') COLLATE "C"`;

const CONDITIONS: Readonly<Record<IdKind, string>> = {
  decision: 'id = $1',
  request: `${REQUEST_ID} = $1`,
  trace: 'trace_id = $1',
  task: 'task_id = $1',
};

async function resolveId(database: Database, idOrPrefix: string): Promise<{ kind: IdKind; id: string }> {
  if (idOrPrefix.length < PREFIX_CHARACTERS_MIN) {
    throw new OperatingError('invalid_input', 'id_too_short', `${JSON.stringify(idOrPrefix)} is too short for an id`, {
      remedy: `give at least its first ${PREFIX_CHARACTERS_MIN} characters`,
    });
  }
  const pattern = `${idOrPrefix.replace(/[\\%_]/g, '\\$&')}%`;
  const found = await database.query<{ kind: IdKind; id: string }>(CANDIDATES, [pattern, CANDIDATES_MAX, idOrPrefix]);
  const exact = found.find((candidate) => candidate.id === idOrPrefix);
  const [first, ...others] = exact === undefined ? found : [exact];
  if (first === undefined) {
    throw new OperatingError('not_found', 'id_not_found', `no call has the id ${JSON.stringify(idOrPrefix)}`, {
      remedy: 'systemprompt infra logs trace list --since 7d',
    });
  }
  // One call alone may give a decision, a request, a trace and a task with one beginning; only different ids differ.
  if (others.some((candidate) => candidate.id !== first.id)) {
    const ids = found.map((candidate) => `${candidate.kind} ${candidate.id}`);
    throw new OperatingError('conflict', 'id_ambiguous', `several ids begin with ${JSON.stringify(idOrPrefix)}`, {
      where: ids.join(', '),
      remedy: 'give more of it',
    });
  }
  return first;
}

// What an outcome record or an upstream is called by leads to its decision as well, but only when it is given whole.
const CANDIDATES = `
  (SELECT DISTINCT 'decision' AS kind, id FROM governance_decisions WHERE id LIKE $1 LIMIT $2)
  UNION ALL (SELECT DISTINCT 'request', ${REQUEST_ID} FROM governance_decisions WHERE ${REQUEST_ID} LIKE $1 LIMIT $2)
  UNION ALL (SELECT DISTINCT 'trace', trace_id FROM governance_decisions WHERE trace_id LIKE $1 LIMIT $2)
  UNION ALL (SELECT DISTINCT 'task', task_id FROM governance_decisions WHERE task_id LIKE $1 LIMIT $2)
  UNION ALL (SELECT 'decision', decision_id FROM audit_outcomes WHERE id = $3 LIMIT 1)`;

async function readStory(database: Database, call: JsonObject): Promise<CallStory> {
  const { outcome_id: outcomeId = null, tool_use_id: toolUseId = null, session_id: sessionId = null } = call;
  const rows = async (sql: string, params: readonly unknown[]) => (await database.query<Row>(sql, params)).map(toJson);
  const [user] = await rows('SELECT email FROM users WHERE id = $1', [call.user_id]);
  const messages = await rows(MESSAGES, [outcomeId]);
  const toolCalls = await rows(TOOL_CALLS, [outcomeId]);
  const [payload = null] = await rows('SELECT * FROM ai_request_payloads WHERE ai_request_id = $1', [outcomeId]);
  const events = await rows(EVENTS, [toolUseId, sessionId]);
  const email = typeof user?.email === 'string' ? user.email : null;
  return { call, email, messages, toolCalls, payload, events };
}

const MESSAGES = 'SELECT sequence, role, content FROM ai_request_messages WHERE ai_request_id = $1 ORDER BY sequence';

const TOOL_CALLS = `
  SELECT sequence, tool_use_id, tool_name, input FROM ai_request_tool_calls WHERE ai_request_id = $1 ORDER BY sequence`;

const EVENTS = `
  SELECT id, created_at, hook_event_name, tool_name, payload FROM plugin_usage_events
   WHERE tool_use_id = $1 AND session_id = $2
   ORDER BY created_at
   LIMIT 20`;

function toJson(row: Row): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, valueToJson(value)]));
}
