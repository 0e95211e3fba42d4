import { messageOf } from '#foundation/errors';
import { sqlStateOf } from '#foundation/postgres/database-error';
import type { IngestStore, RecordBatch } from './ingest-store.ts';

export type IngestResult = {
  readonly inserted: number;
  /** Records kept without the rows that would be read from them. */
  readonly bare: number;
  /** What the database said about the first of those. */
  readonly problem: string | null;
};

/**
 * Ingests a batch; when a table refuses a row, halves the batch until the one record is found, and keeps that record
 * alone. One odd record must not hold up all that come after it.
 */
export async function ingestResiliently(store: IngestStore, batch: RecordBatch): Promise<IngestResult> {
  try {
    return { inserted: await store.ingest(batch), bare: 0, problem: null };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (batch.count === 1) {
      return { inserted: await store.ingestBare(batch), bare: 1, problem: messageOf(error) };
    }
    const [left, right] = halve(batch);
    const first = await ingestResiliently(store, left);
    const second = await ingestResiliently(store, right);
    return {
      inserted: first.inserted + second.inserted,
      bare: first.bare + second.bare,
      problem: first.problem ?? second.problem,
    };
  }
}

/** SQLSTATE classes 22 data exception, 23 integrity constraint violation, 54 program limit exceeded. */
function isRefusal(error: unknown): boolean {
  return /^(?:22|23|54)/.test(sqlStateOf(error) ?? '');
}

function halve(batch: RecordBatch): readonly [RecordBatch, RecordBatch] {
  const count = Math.floor(batch.count / 2);
  let end = -1;
  for (let line = 0; line < count; line++) end = batch.lines.indexOf('\n', end + 1);
  return [
    { ...batch, count, lines: batch.lines.subarray(0, end) },
    { ...batch, firstSeq: batch.firstSeq + count, count: batch.count - count, lines: batch.lines.subarray(end + 1) },
  ];
}
