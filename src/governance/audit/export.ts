/**
 * The audit as NDJSON, one object a line, made to be verified away from here:
 *
 *     {"type":"log","log_id":...,"version":1}                     before the lines of each log
 *     {"type":"base","log_id":...,"size":N,"peaks":[...],"previous_leaf":...}   when records before are left out
 *     {"type":"record","record":{...}}                            each record word for word, in order
 *     {"type":"checkpoint","log_id":...,"note":...}               signed notes, oldest first
 *
 * It holds no key: whoever verifies brings the public key from where the operator published it.
 */
import { canonicalJson } from '#foundation/json';
import type { Database } from '#foundation/postgres/database';
import { createExportStore, type ExportStore } from './export-store.ts';
import { createMerkleTree } from './merkle-tree.ts';

export type ExportOptions = {
  readonly database: Database;
  /** Only this log; otherwise all. */
  readonly logId?: string;
  /** Leaves out the records before the first one at or after this time, with the tree state that stands for them. */
  readonly sinceMs?: number;
};

/** The text in front of a record that stands word for word in its line; behind it stands only `}`. */
export const RECORD_LINE_START = '{"type":"record","record":';

/** Lines without their line feed. Reads in pages, so that memory stays flat however long the logs are. */
export async function* exportAudit(options: ExportOptions): AsyncGenerator<string> {
  const store = createExportStore(options.database);
  const logIds = options.logId === undefined ? await store.logIds() : [options.logId];
  for (const logId of logIds) {
    yield canonicalJson({ type: 'log', log_id: logId, version: 1 });
    const fromSeq = options.sinceMs === undefined ? 1 : await store.firstSeqSince(logId, options.sinceMs);
    if (fromSeq > 1) yield await baseLine(store, logId, fromSeq);
    for await (const page of store.records(logId, fromSeq)) {
      for (const { record } of page) yield `${RECORD_LINE_START}${record}}`;
    }
    for (const { tree_size: size, note } of await store.checkpoints(logId)) {
      if (size >= fromSeq - 1) yield canonicalJson({ type: 'checkpoint', log_id: logId, note });
    }
  }
}

async function baseLine(store: ExportStore, logId: string, fromSeq: number): Promise<string> {
  const tree = createMerkleTree();
  let previousLeaf = Buffer.alloc(0);
  for await (const page of store.leafHashes(logId, fromSeq - 1)) {
    for (const { leaf_hash: leaf } of page) {
      tree.append(leaf);
      previousLeaf = Buffer.from(leaf);
    }
  }
  return canonicalJson({
    type: 'base',
    log_id: logId,
    size: tree.size(),
    peaks: tree.state().peaks.map((peak) => Buffer.from(peak).toString('base64')),
    previous_leaf: previousLeaf.toString('base64'),
  });
}
