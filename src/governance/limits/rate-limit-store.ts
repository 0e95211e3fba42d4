import type { Database } from '#foundation/postgres/database';
import { changeMark, type Inheritance, joinLedger, type Ledger, leaveLedger, syncLedger } from './ledger.ts';
import { clearKeys, loadLedger, saveLedger } from './ledger-store.ts';
import type { LimitStore, SyncRequest, Usage } from './limit-store.ts';

const CHANNEL = 'limit_ledger_changed';

type UsageRow = {
  readonly key: string;
  readonly limit_calls: number;
  readonly used: number;
  readonly age_ms: number;
};

/** The limits' store on PostgreSQL: each change is one short transaction under the ledger's lock. */
export function createRateLimitStore(database: Database): LimitStore {
  async function change<T>(
    processId: string,
    keys: readonly string[] | 'all',
    ackedSeq: number,
    run: (ledger: Ledger, nowMs: number) => T,
    after: (transaction: Database, result: T, nowMs: number) => Promise<void> = async () => {},
  ): Promise<T> {
    return database.transaction(async (transaction) => {
      const loaded = await loadLedger(transaction, { processId, keys, ackedSeq });
      const before = changeMark(loaded.ledger);
      const result = run(loaded.ledger, loaded.nowMs);
      await saveLedger(transaction, loaded);
      await after(transaction, result, loaded.nowMs);
      if (changeMark(loaded.ledger) !== before) {
        await transaction.query('SELECT pg_notify($1, $2)', [CHANNEL, processId]);
      }
      return result;
    });
  }

  return {
    async join(request) {
      let usage: readonly Usage[] = [];
      const { inherits, ...reply } = await change(
        request.processId,
        'all',
        0,
        (ledger, nowMs) => joinLedger(ledger, request, nowMs),
        async (transaction, joined, nowMs) => {
          if (joined.inherits === 'everybody') await clearKeys(transaction);
          usage = await inheritUsage(transaction, joined.inherits, request.processId, nowMs);
        },
      );
      return { ...reply, usage };
    },
    sync: (request) =>
      change(
        request.processId,
        keysOf(request),
        request.ackedSeq,
        (ledger, nowMs) => syncLedger(ledger, request, nowMs),
        async (transaction, reply) => {
          if (typeof reply !== 'string' && reply.isAlone) await clearKeys(transaction);
        },
      ),
    appendUsage: (processId, usage) => appendUsage(database, processId, usage),
    async pruneUsage(ageMs) {
      await database.query(
        'DELETE FROM limit_usage WHERE at_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1::bigint',
        [ageMs],
      );
    },
    async leave(processId, incarnation) {
      await change(processId, [], Number.MAX_SAFE_INTEGER, (ledger, nowMs) =>
        leaveLedger(ledger, processId, incarnation, nowMs),
      );
    },
    onChange(processId, listener) {
      const onPayload = (by: string) => {
        if (by !== processId) listener();
      };
      // After an interruption something may have been missed.
      return database.listen(CHANNEL, onPayload, (state) => {
        if (state === 'connected') listener();
      });
    },
  };
}

function keysOf(request: SyncRequest): readonly string[] {
  return [...request.shares, ...request.requests].map(({ key }) => key);
}

async function appendUsage(database: Database, processId: string, usage: readonly Usage[]): Promise<void> {
  if (usage.length === 0) return;
  await database.query(
    `INSERT INTO limit_usage (process_id, key, limit_calls, used, at_ms)
     SELECT $1, line.key, line.limit_calls, line.used,
            (extract(epoch FROM clock_timestamp()) * 1000)::bigint - line.age_ms
     FROM unnest($2::text[], $3::integer[], $4::integer[], $5::bigint[]) AS line (key, limit_calls, used, age_ms)`,
    [
      processId,
      usage.map(({ key }) => key),
      usage.map(({ limit }) => limit),
      usage.map(({ used }) => used),
      usage.map(({ ageMs }) => ageMs),
    ],
    { name: 'limit_usage_append' },
  );
}

async function inheritUsage(
  transaction: Database,
  inherits: Inheritance,
  processId: string,
  nowMs: number,
): Promise<readonly Usage[]> {
  if (inherits === 'nobody') return [];
  const rows = await transaction.query<UsageRow>(
    `UPDATE limit_usage SET process_id = $1
     WHERE $2::text IS NULL OR process_id = $2
     RETURNING key, limit_calls, used, greatest(0, $3::bigint - at_ms) AS age_ms`,
    [processId, inherits === 'everybody' ? null : inherits.processId, nowMs],
  );
  return rows.map((row) => ({ key: row.key, limit: row.limit_calls, used: row.used, ageMs: row.age_ms }));
}
