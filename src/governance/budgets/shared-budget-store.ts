import type { Database } from '#foundation/postgres/database';
import { type Amounts, isNothing, NOTHING, plus } from './amounts.ts';
import {
  type AccountUsage,
  type BudgetStore,
  HOLD_MS,
  type LineReply,
  type SlotUse,
  type SyncLine,
  type SyncRequest,
} from './budget-store.ts';
import { grant } from './grant.ts';

type AmountColumns = {
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly microdollars: number;
};

type SumRow = AmountColumns & { readonly key: string };
type SlotRow = SumRow & { readonly slot_ms: number; readonly leaves_at_ms: number };
type MemberRow = { readonly incarnation: number; readonly batch: number };
type UsageRow = AmountColumns & {
  readonly budget_id: string;
  readonly key: string;
  readonly value: string;
  readonly held_requests: number;
  readonly held_input_tokens: number;
  readonly held_output_tokens: number;
  readonly held_microdollars: number;
  readonly leaves_at_ms: number;
};

const SUMS = `sum(requests)::bigint AS requests, sum(input_tokens)::bigint AS input_tokens,
  sum(output_tokens)::bigint AS output_tokens, sum(microdollars)::bigint AS microdollars`;

const COLUMNS = 'key, slot_ms, leaves_at_ms, budget_id, value, requests, input_tokens, output_tokens, microdollars';

const ADD_ON_CONFLICT = `
  ON CONFLICT (key, slot_ms) DO UPDATE SET
    leaves_at_ms = greatest(budget_uses.leaves_at_ms, excluded.leaves_at_ms),
    requests = budget_uses.requests + excluded.requests,
    input_tokens = budget_uses.input_tokens + excluded.input_tokens,
    output_tokens = budget_uses.output_tokens + excluded.output_tokens,
    microdollars = budget_uses.microdollars + excluded.microdollars`;

/** The budgets' store on PostgreSQL: each change is one short transaction under the ledger's lock. */
export function createSharedBudgetStore(database: Database): BudgetStore {
  const change = <T>(run: (transaction: Database) => Promise<T>): Promise<T> =>
    database.transaction(async (transaction) => {
      await transaction.query('SELECT FROM budget_ledger FOR UPDATE');
      return run(transaction);
    });

  return {
    join: (processId, nowMs) =>
      change(async (transaction) => {
        await countHeld(transaction, [processId]);
        const [row] = await transaction.query<MemberRow>(
          `INSERT INTO budget_members (process_id, incarnation, batch, heard_at_ms) VALUES ($1, 1, 0, $2)
           ON CONFLICT (process_id) DO UPDATE SET
             incarnation = budget_members.incarnation + 1, batch = 0, heard_at_ms = excluded.heard_at_ms
           RETURNING incarnation, batch`,
          [processId, nowMs],
        );
        return { incarnation: row?.incarnation ?? 1 };
      }),
    sync: (request) => change((transaction) => syncLedger(transaction, request)),
    async leave(processId, incarnation) {
      await database.query('DELETE FROM budget_members WHERE process_id = $1 AND incarnation = $2', [
        processId,
        incarnation,
      ]);
    },
    read: (budgetId, nowMs) => readUsage(database, budgetId, nowMs),
    async prune(nowMs) {
      await database.query('DELETE FROM budget_uses WHERE leaves_at_ms <= $1', [nowMs]);
    },
    async reset(budgetId, value) {
      const rows = await database.query<{ key: string }>(
        'DELETE FROM budget_uses WHERE budget_id = $1 AND ($2::text IS NULL OR value = $2) RETURNING key',
        [budgetId, value ?? null],
      );
      return new Set(rows.map(({ key }) => key)).size;
    },
  };
}

async function syncLedger(transaction: Database, request: SyncRequest) {
  const { processId, incarnation, batch, nowMs, lines } = request;
  const [member] = await transaction.query<MemberRow>(
    'SELECT incarnation, batch FROM budget_members WHERE process_id = $1',
    [processId],
  );
  if (member === undefined) return 'unknown';
  if (member.incarnation !== incarnation) return 'replaced';
  await transaction.query('UPDATE budget_members SET batch = $2, heard_at_ms = $3 WHERE process_id = $1', [
    processId,
    batch,
    nowMs,
  ]);
  await countLost(transaction, nowMs);
  if (lines.length === 0) return { lines: [] };
  if (batch > member.batch) await addUses(transaction, lines);
  const replies = await repliesTo(transaction, request);
  await writeHolds(transaction, processId, lines, replies);
  return { lines: replies };
}

/** Members that were not heard for too long lose what they hold: it counts as used. */
async function countLost(transaction: Database, nowMs: number): Promise<void> {
  const rows = await transaction.query<{ process_id: string }>(
    'SELECT process_id FROM budget_members WHERE heard_at_ms <= $1',
    [nowMs - HOLD_MS],
  );
  if (rows.length === 0) return;
  const lost = rows.map((row) => row.process_id);
  await countHeld(transaction, lost);
  await transaction.query('DELETE FROM budget_members WHERE process_id = ANY ($1::text[])', [lost]);
}

async function countHeld(transaction: Database, processIds: readonly string[]): Promise<void> {
  await transaction.query(
    `INSERT INTO budget_uses (${COLUMNS})
     SELECT key, slot_ms, max(leaves_at_ms), min(budget_id), min(value), ${SUMS}
     FROM budget_holds WHERE process_id = ANY ($1::text[]) GROUP BY key, slot_ms
     ${ADD_ON_CONFLICT}`,
    [processIds],
  );
  await transaction.query('DELETE FROM budget_holds WHERE process_id = ANY ($1::text[])', [processIds]);
}

async function addUses(transaction: Database, lines: readonly SyncLine[]): Promise<void> {
  const rows = lines.flatMap((line) => line.used.map((use) => rowOf(line, use, use.used)));
  if (rows.length === 0) return;
  await transaction.query(
    `INSERT INTO budget_uses (${COLUMNS})
     SELECT ${COLUMNS} FROM jsonb_populate_recordset(null::budget_uses, $1::jsonb) ${ADD_ON_CONFLICT}`,
    [JSON.stringify(rows)],
  );
}

async function repliesTo(
  transaction: Database,
  { processId, nowMs, lines }: SyncRequest,
): Promise<readonly LineReply[]> {
  const keys = lines.map(({ key }) => key);
  const used = await transaction.query<SumRow>(
    `SELECT key, ${SUMS} FROM budget_uses WHERE key = ANY ($1::text[]) AND leaves_at_ms > $2 GROUP BY key`,
    [keys, nowMs],
  );
  const held = await transaction.query<SumRow>(
    `SELECT key, ${SUMS} FROM budget_holds WHERE key = ANY ($1::text[]) AND process_id <> $2 GROUP BY key`,
    [keys, processId],
  );
  const needy = lines.filter(({ needs }) => !isNothing(needs)).map(({ key }) => key);
  const leaving = await leavingOf(transaction, needy, nowMs);
  const [usedByKey, heldByKey] = [byKey(used), byKey(held)];
  return lines.map((line) => {
    const lineUsed = usedByKey.get(line.key) ?? NOTHING;
    const heldElsewhere = heldByKey.get(line.key) ?? NOTHING;
    const granted = grant({ ...line, used: lineUsed, held: plus(heldElsewhere, line.held) });
    return {
      key: line.key,
      held: plus(line.held, granted),
      used: lineUsed,
      heldElsewhere,
      leaving: leaving.get(line.key) ?? [],
    };
  });
}

async function leavingOf(
  transaction: Database,
  keys: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, readonly SlotUse[]>> {
  const leaving = new Map<string, SlotUse[]>();
  if (keys.length === 0) return leaving;
  const rows = await transaction.query<SlotRow>(
    `SELECT key, slot_ms, leaves_at_ms, requests, input_tokens, output_tokens, microdollars FROM budget_uses
     WHERE key = ANY ($1::text[]) AND leaves_at_ms > $2 ORDER BY leaves_at_ms`,
    [keys, nowMs],
  );
  for (const row of rows) {
    const slot = { slotMs: row.slot_ms, leavesAtMs: row.leaves_at_ms, used: amountsOfRow(row) };
    const known = leaving.get(row.key);
    if (known === undefined) leaving.set(row.key, [slot]);
    else known.push(slot);
  }
  return leaving;
}

async function writeHolds(
  transaction: Database,
  processId: string,
  lines: readonly SyncLine[],
  replies: readonly LineReply[],
): Promise<void> {
  const kept: unknown[] = [];
  const given: string[] = [];
  for (const [index, line] of lines.entries()) {
    const held = replies[index]?.held ?? NOTHING;
    if (isNothing(held)) given.push(line.key);
    else kept.push({ process_id: processId, ...rowOf(line, line.slot, held) });
  }
  if (given.length > 0) {
    await transaction.query('DELETE FROM budget_holds WHERE process_id = $1 AND key = ANY ($2::text[])', [
      processId,
      given,
    ]);
  }
  if (kept.length === 0) return;
  await transaction.query(
    `INSERT INTO budget_holds (process_id, ${COLUMNS})
     SELECT process_id, ${COLUMNS} FROM jsonb_populate_recordset(null::budget_holds, $1::jsonb)
     ON CONFLICT (key, process_id) DO UPDATE SET
       slot_ms = excluded.slot_ms, leaves_at_ms = excluded.leaves_at_ms, requests = excluded.requests,
       input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
       microdollars = excluded.microdollars`,
    [JSON.stringify(kept)],
  );
}

async function readUsage(
  database: Database,
  budgetId: string | undefined,
  nowMs: number,
): Promise<readonly AccountUsage[]> {
  const rows = await database.query<UsageRow>(
    `WITH used AS (
       SELECT key, min(budget_id) AS budget_id, min(value) AS value, max(leaves_at_ms) AS leaves_at_ms, ${SUMS}
       FROM budget_uses WHERE leaves_at_ms > $2 AND ($1::text IS NULL OR budget_id = $1) GROUP BY key
     ), held AS (
       SELECT key, min(budget_id) AS budget_id, min(value) AS value, max(leaves_at_ms) AS leaves_at_ms, ${SUMS}
       FROM budget_holds WHERE leaves_at_ms > $2 AND ($1::text IS NULL OR budget_id = $1) GROUP BY key
     )
     SELECT key, coalesce(used.budget_id, held.budget_id) AS budget_id, coalesce(used.value, held.value) AS value,
       greatest(used.leaves_at_ms, held.leaves_at_ms) AS leaves_at_ms,
       coalesce(used.requests, 0) AS requests, coalesce(used.input_tokens, 0) AS input_tokens,
       coalesce(used.output_tokens, 0) AS output_tokens, coalesce(used.microdollars, 0) AS microdollars,
       coalesce(held.requests, 0) AS held_requests, coalesce(held.input_tokens, 0) AS held_input_tokens,
       coalesce(held.output_tokens, 0) AS held_output_tokens, coalesce(held.microdollars, 0) AS held_microdollars
     FROM used FULL JOIN held USING (key) ORDER BY 2, 3, 1`,
    [budgetId ?? null, nowMs],
  );
  return rows.map((row) => ({
    budgetId: row.budget_id,
    key: row.key,
    value: row.value,
    used: amountsOfRow(row),
    held: {
      requests: row.held_requests,
      inputTokens: row.held_input_tokens,
      outputTokens: row.held_output_tokens,
      microdollars: row.held_microdollars,
    },
    leavesAtMs: row.leaves_at_ms,
  }));
}

function byKey(rows: readonly SumRow[]): ReadonlyMap<string, Amounts> {
  return new Map(rows.map((row) => [row.key, amountsOfRow(row)]));
}

function amountsOfRow(row: AmountColumns): Amounts {
  return {
    requests: row.requests,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    microdollars: row.microdollars,
  };
}

function rowOf(line: SyncLine, slot: { readonly slotMs: number; readonly leavesAtMs: number }, amounts: Amounts) {
  return {
    key: line.key,
    slot_ms: slot.slotMs,
    leaves_at_ms: slot.leavesAtMs,
    budget_id: line.budgetId,
    value: line.value,
    requests: amounts.requests,
    input_tokens: amounts.inputTokens,
    output_tokens: amounts.outputTokens,
    microdollars: amounts.microdollars,
  };
}
