/**
 * Copies records into the audit tables. Our own process only joins bytes; PostgreSQL splits, parses, hashes and spreads
 * them over the tables, in one statement and therefore wholly or not at all.
 */
import type { Database } from '#foundation/postgres/database';
import type { Checkpoint } from './checkpoint.ts';
import { INGEST_RECORDS, INSERT_BARE_RECORDS } from './ingest-sql.ts';

export type RecordBatch = {
  readonly logId: string;
  readonly firstSeq: number;
  readonly count: number;
  /** The records' canonical JSON in order, a line feed between two; canonical JSON holds none. */
  readonly lines: Buffer;
};

export type IngestStore = {
  /** The number of the newest record that the database holds, 0 for none. */
  drainedSeq(logId: string): Promise<number>;
  /** Idempotent. Answers how many records were new. */
  ingest(batch: RecordBatch): Promise<number>;
  /** Keeps the records themselves when a table refuses what is read from them. */
  ingestBare(batch: RecordBatch): Promise<number>;
  /** The first record of the batch that the database holds with other words, or undefined. */
  findFork(batch: RecordBatch): Promise<number | undefined>;
  storeCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void>;
};

/** The channel that hears `<log_id> <first seq> <last seq>` after each batch with something new. */
export const AUDIT_CHANNEL = 'audit_records';

export function createIngestStore(database: Database): IngestStore {
  return {
    async drainedSeq(logId) {
      const [row] = await database.query<{ seq: number | null }>(
        'SELECT max(seq) AS seq FROM audit_records WHERE log_id = $1',
        [logId],
      );
      return row?.seq ?? 0;
    },
    async ingest(batch) {
      const [row] = await database.query<{ inserted: number }>(INGEST_RECORDS, parametersOf(batch), {
        name: 'audit_ingest_records',
      });
      return row?.inserted ?? 0;
    },
    async ingestBare(batch) {
      const rows = await database.query(INSERT_BARE_RECORDS, parametersOf(batch));
      return rows.length;
    },
    async findFork(batch) {
      const [row] = await database.query<{ seq: number | null }>(
        `SELECT min(held.seq) AS seq
         FROM string_to_table($3::text, E'\\n') WITH ORDINALITY AS line (record, ordinality)
         JOIN audit_records held ON held.log_id = $1 AND held.seq = $2::bigint + line.ordinality - 1
         WHERE held.record <> line.record`,
        parametersOf(batch),
      );
      return row?.seq ?? undefined;
    },
    async storeCheckpoints(checkpoints) {
      await database.query(
        `INSERT INTO audit_checkpoints (log_id, tree_size, root_hash, key_id, note, created_at)
         SELECT log_id, tree_size, root_hash, key_id, note, timestamptz 'epoch' + at_ms * interval '1 millisecond'
         FROM jsonb_to_recordset($1::jsonb)
           AS c (log_id text, tree_size bigint, root_hash text, key_id text, note text, at_ms double precision)
         ON CONFLICT DO NOTHING`,
        [JSON.stringify(checkpoints)],
      );
    },
  };
}

function parametersOf(batch: RecordBatch): readonly unknown[] {
  // A Buffer travels as it is; the driver would otherwise decode, escape and encode each record again.
  return [batch.logId, batch.firstSeq, batch.lines];
}
