/**
 * The proof that one record stands in a signed log: small enough to hand to somebody who has neither the log nor
 * reason to trust its owner.
 */

import { OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import { createExportStore } from './export-store.ts';
import { proveInclusion } from './merkle-proof.ts';
import { recordId } from './record.ts';

export type RecordProof = {
  readonly id: string;
  readonly log_id: string;
  readonly seq: number;
  /** The record word for word, whose hash is the leaf. */
  readonly record: string;
  readonly leaf_index: number;
  readonly tree_size: number;
  /** Base64, from the leaf to the root. */
  readonly path: readonly string[];
  /** The signed checkpoint of `tree_size` records. */
  readonly checkpoint: string;
};

/** Proves against the first checkpoint that covers the record. Throws `not_found` when either is missing. */
export async function proveRecord(database: Database, logId: string, seq: number): Promise<RecordProof> {
  const store = createExportStore(database);
  const checkpoint = (await store.checkpoints(logId)).find((candidate) => candidate.tree_size >= seq);
  if (checkpoint === undefined) throw notFound(`no checkpoint covers record ${seq} of the log ${logId} yet`);
  const leaves: Buffer[] = [];
  for await (const page of store.leafHashes(logId, checkpoint.tree_size))
    leaves.push(...page.map((row) => row.leaf_hash));
  const record = await store.record(logId, seq);
  if (record === undefined || leaves.length !== checkpoint.tree_size) {
    throw notFound(`the records that its checkpoint covers are not all there`);
  }
  const proof = proveInclusion(leaves, seq - 1);
  return {
    id: recordId(logId, seq),
    log_id: logId,
    seq,
    record,
    leaf_index: proof.index,
    tree_size: proof.size,
    path: proof.path.map((hash) => Buffer.from(hash).toString('base64')),
    checkpoint: checkpoint.note,
  };
}

function notFound(message: string): OperatingError {
  return new OperatingError('not_found', 'audit_proof_unavailable', message, {
    remedy: 'make a checkpoint with `systemprompt infra audit checkpoint`, or see `systemprompt infra audit verify`',
  });
}
