import { assert } from '#foundation/errors';
import { emptyRoot, HASH_BYTES, nodeHash } from './hashing.ts';

/**
 * The state of an append-only tree: its size and the roots of its perfect subtrees, largest first, one for each set
 * bit of the size. At most 53 hashes stand for any number of leaves.
 */
export type TreeState = { readonly size: number; readonly peaks: readonly Uint8Array[] };

/** A growing RFC 6962 tree that keeps no leaves. */
export type MerkleTree = {
  append(leaf: Uint8Array): void;
  size(): number;
  root(): Buffer;
  state(): TreeState;
};

export function createMerkleTree(from: TreeState = { size: 0, peaks: [] }): MerkleTree {
  assert(from.peaks.length === setBits(from.size), `a tree of ${from.size} leaves has ${setBits(from.size)} peaks`);
  const peaks = [...from.peaks];
  let size = from.size;
  return {
    append(leaf) {
      let merged = leaf;
      // Each trailing one bit of the size is a perfect subtree that the new leaf completes to one of twice its size.
      for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
        const left = peaks.pop();
        assert(left !== undefined, 'a tree has one peak for each set bit of its size');
        merged = nodeHash(left, merged);
      }
      peaks.push(merged);
      size += 1;
    },
    size: () => size,
    root: () => rootOfPeaks(peaks),
    state: () => ({ size, peaks: [...peaks] }),
  };
}

/** The root over perfect subtrees, folded from the smallest. */
export function rootOfPeaks(peaks: readonly Uint8Array[]): Buffer {
  const smallest = peaks[peaks.length - 1];
  if (smallest === undefined) return emptyRoot();
  let root: Buffer = Buffer.from(smallest);
  for (let index = peaks.length - 2; index >= 0; index--) {
    const peak = peaks[index];
    assert(peak?.length === HASH_BYTES, 'a peak is one hash');
    root = nodeHash(peak, root);
  }
  return root;
}

export function setBits(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
