import type { Database } from '#foundation/postgres/database';

export type StoredRecord = { readonly seq: number; readonly record: string; readonly leaf_hash: Buffer };
export type StoredNote = { readonly tree_size: number; readonly note: string };

/** Reads the records and checkpoints as they stand, page by page. */
export type ExportStore = {
  logIds(): Promise<readonly string[]>;
  /** The number of the first record at or after the time; one more than the last when there is none. */
  firstSeqSince(logId: string, sinceMs: number): Promise<number>;
  records(logId: string, fromSeq: number): AsyncGenerator<readonly StoredRecord[]>;
  record(logId: string, seq: number): Promise<string | undefined>;
  leafHashes(logId: string, toSeq: number): AsyncGenerator<readonly Pick<StoredRecord, 'seq' | 'leaf_hash'>[]>;
  checkpoints(logId: string): Promise<readonly StoredNote[]>;
};

const PAGE_RECORDS = 2_000;

export function createExportStore(database: Database): ExportStore {
  async function* pages<Row extends { readonly seq: number }>(
    sql: string,
    logId: string,
    fromSeq: number,
    toSeq: number,
  ): AsyncGenerator<readonly Row[]> {
    let next = fromSeq;
    while (next <= toSeq) {
      const rows = await database.query<Row>(sql, [logId, next, toSeq, PAGE_RECORDS]);
      const last = rows[rows.length - 1];
      if (last === undefined) return;
      yield rows;
      next = last.seq + 1;
    }
  }

  const page = (columns: string): string =>
    `SELECT ${columns} FROM audit_records WHERE log_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq LIMIT $4`;

  return {
    async logIds() {
      const rows = await database.query<{ log_id: string }>(
        'SELECT log_id FROM audit_records UNION SELECT log_id FROM audit_checkpoints ORDER BY log_id',
      );
      return rows.map((row) => row.log_id);
    },
    async firstSeqSince(logId, sinceMs) {
      const [row] = await database.query<{ seq: number }>(
        `SELECT coalesce(
           (SELECT min(seq) FROM audit_records WHERE log_id = $1 AND (record::jsonb ->> 'at_ms')::double precision >= $2),
           (SELECT max(seq) + 1 FROM audit_records WHERE log_id = $1),
           1
         ) AS seq`,
        [logId, sinceMs],
      );
      return row?.seq ?? 1;
    },
    records: (logId, fromSeq) => pages(page('seq, record, leaf_hash'), logId, fromSeq, Number.MAX_SAFE_INTEGER),
    async record(logId, seq) {
      const [row] = await database.query<{ record: string }>(
        'SELECT record FROM audit_records WHERE log_id = $1 AND seq = $2',
        [logId, seq],
      );
      return row?.record;
    },
    leafHashes: (logId, toSeq) => pages(page('seq, leaf_hash'), logId, 1, toSeq),
    checkpoints: (logId) =>
      database.query('SELECT tree_size, note FROM audit_checkpoints WHERE log_id = $1 ORDER BY tree_size', [logId]),
  };
}
