import { isJsonObject, parseTrustedJson } from '#foundation/json';
import { leafHash } from './hashing.ts';
import { verifyInclusion } from './merkle-proof.ts';
import type { RecordProof } from './prove-record.ts';
import { verifyNote } from './verify-note.ts';

/** Null when the proof holds; otherwise one sentence on what does not. */
export function verifyRecordProof(proof: RecordProof, keys: readonly Buffer[]): string | null {
  const verdict = verifyNote(proof.checkpoint, proof.log_id, keys);
  if (verdict.status !== 'valid') return verdict.detail;
  const record = parseTrustedJson(proof.record);
  if (!isJsonObject(record) || record.seq !== proof.seq || record.log_id !== proof.log_id) {
    return 'the record is not the one that the proof names';
  }
  if (proof.leaf_index !== proof.seq - 1 || proof.tree_size !== verdict.head.size) {
    return 'the proof is not about the tree that the checkpoint signs';
  }
  const path = proof.path.map((hash) => Buffer.from(hash, 'base64'));
  const isIncluded = verifyInclusion(
    { index: proof.leaf_index, size: proof.tree_size, path },
    leafHash(Buffer.from(proof.record)),
    verdict.head.root,
  );
  return isIncluded ? null : 'the record is not among those that the checkpoint signed';
}
