/**
 * Verifies the audit in the database without trusting it: every record word for word, and then that the tables which
 * people query say what the records say. Reads in pages, so a log of any length fits in memory.
 */
import type { Database } from '#foundation/postgres/database';
import { createExportStore, type ExportStore, type StoredRecord } from './export-store.ts';
import { recordId } from './record.ts';
import { notesOf } from './verify-export.ts';
import { LogVerifier, validHeads } from './verify-log.ts';
import { type LogReport, Problems, type VerifyReport } from './verify-report.ts';
import { type VerifiedRecord, verifyRows } from './verify-rows.ts';
import { createVerifyStore, VERIFIED_TABLES, type VerifyStore } from './verify-store.ts';

export type VerifyDatabaseOptions = {
  readonly database: Database;
  /** Public keys that may have signed. */
  readonly keys: readonly Buffer[];
  /** Checkpoints kept apart from the database: what its owner cannot rewrite. */
  readonly notes?: readonly string[];
  /** Only this log; otherwise all. */
  readonly logId?: string;
  /** Called with the number of records that were just verified. */
  readonly onProgress?: (records: number) => void;
};

const STRAY_ROWS_MAX = 20;

export async function verifyDatabase(options: VerifyDatabaseOptions): Promise<VerifyReport> {
  const problems = new Problems();
  const exported = createExportStore(options.database);
  const store = createVerifyStore(options.database);
  const stored = await exported.logIds();
  // A log of which only its exported checkpoints are left was removed as a whole.
  const signed = (options.notes ?? []).flatMap((note) => /^systemprompt\/([^\n]+)\n/.exec(note)?.[1] ?? []);
  const all = [...new Set([...stored, ...signed])].sort();
  const logs: LogReport[] = [];
  for (const logId of options.logId === undefined ? all : [options.logId]) {
    logs.push(await verifyOneLog(logId, options, exported, store, problems));
  }
  if (options.logId === undefined) await reportStrayRows(store, problems);
  return problems.report('database', logs);
}

async function verifyOneLog(
  logId: string,
  options: VerifyDatabaseOptions,
  exported: ExportStore,
  store: VerifyStore,
  problems: Problems,
): Promise<LogReport> {
  const own = await exported.checkpoints(logId);
  const notes = [...own.map((checkpoint) => checkpoint.note), ...notesOf(options.notes ?? [], logId)];
  const verifier = new LogVerifier(logId, validHeads(notes, logId, options.keys, problems), problems);
  for await (const page of exported.records(logId, 1)) {
    const records = page.flatMap((row) => verifiedRecord(verifier, row));
    const [first] = page;
    const last = page[page.length - 1];
    if (first === undefined || last === undefined) break;
    for (const table of VERIFIED_TABLES) {
      const rows = await store.rowsBetween(table, recordId(logId, first.seq), recordId(logId, last.seq));
      verifyRows(table, logId, records, rows, problems);
    }
    options.onProgress?.(page.length);
  }
  return verifier.finish();
}

function verifiedRecord(verifier: LogVerifier, row: StoredRecord): readonly VerifiedRecord[] {
  const record = verifier.add(Buffer.from(row.record), { seq: row.seq, leafHash: row.leaf_hash });
  return record === undefined ? [] : [{ seq: row.seq, record }];
}

async function reportStrayRows(store: VerifyStore, problems: Problems): Promise<void> {
  for (const table of VERIFIED_TABLES) {
    for (const id of await store.strayIds(table, STRAY_ROWS_MAX)) {
      const parts = /^(.*)-(\d+)$/.exec(id);
      problems.add(
        'row_added',
        parts?.[1] ?? '',
        parts === null ? null : Number(parts[2]),
        `${table} has a row ${id} without a record`,
      );
    }
  }
}
