/**
 * Inclusion and consistency proofs (RFC 6962 section 2.1.1 and 2.1.2), and their verification as RFC 9162 sections
 * 2.1.3.2 and 2.1.4.2 spell it out.
 */
import { assert } from '#foundation/errors';
import { emptyRoot, nodeHash } from './hashing.ts';

export type InclusionProof = {
  /** The position of the leaf, from 0. */
  readonly index: number;
  readonly size: number;
  /** Sibling hashes from the leaf to the root. */
  readonly path: readonly Uint8Array[];
};

/** The Merkle tree hash of `leaves[start, end)`. */
export function subtreeRoot(leaves: readonly Uint8Array[], start = 0, end = leaves.length): Uint8Array {
  const count = end - start;
  if (count === 0) return emptyRoot();
  if (count === 1) {
    const leaf = leaves[start];
    assert(leaf !== undefined, 'the range lies within the leaves');
    return leaf;
  }
  const split = start + largestPowerBelow(count);
  return nodeHash(subtreeRoot(leaves, start, split), subtreeRoot(leaves, split, end));
}

export function proveInclusion(leaves: readonly Uint8Array[], index: number): InclusionProof {
  assert(index >= 0 && index < leaves.length, `leaf ${index} is not one of ${leaves.length}`);
  return { index, size: leaves.length, path: inclusionPath(leaves, index, 0, leaves.length) };
}

function inclusionPath(leaves: readonly Uint8Array[], index: number, start: number, end: number): Uint8Array[] {
  if (end - start === 1) return [];
  const split = start + largestPowerBelow(end - start);
  if (index < split) return [...inclusionPath(leaves, index, start, split), subtreeRoot(leaves, split, end)];
  return [...inclusionPath(leaves, index, split, end), subtreeRoot(leaves, start, split)];
}

export function verifyInclusion(proof: InclusionProof, leaf: Uint8Array, root: Uint8Array): boolean {
  if (proof.index >= proof.size) return false;
  let node = proof.index;
  let last = proof.size - 1;
  let computed = leaf;
  for (const sibling of proof.path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      computed = nodeHash(sibling, computed);
      while (!isOdd(node) && node !== 0) [node, last] = [halve(node), halve(last)];
    } else {
      computed = nodeHash(computed, sibling);
    }
    [node, last] = [halve(node), halve(last)];
  }
  return last === 0 && Buffer.compare(computed, root) === 0;
}

/** Proves that the tree of the first `oldSize` leaves is a beginning of the tree of all of them. */
export function proveConsistency(leaves: readonly Uint8Array[], oldSize: number): readonly Uint8Array[] {
  assert(oldSize > 0 && oldSize <= leaves.length, `${oldSize} is not a size on the way to ${leaves.length}`);
  return consistencyPath(leaves, oldSize, 0, leaves.length, true);
}

function consistencyPath(
  leaves: readonly Uint8Array[],
  oldSize: number,
  start: number,
  end: number,
  complete: boolean,
): Uint8Array[] {
  if (oldSize === end - start) return complete ? [] : [subtreeRoot(leaves, start, end)];
  const left = largestPowerBelow(end - start);
  const split = start + left;
  if (oldSize <= left) {
    return [...consistencyPath(leaves, oldSize, start, split, complete), subtreeRoot(leaves, split, end)];
  }
  return [...consistencyPath(leaves, oldSize - left, split, end, false), subtreeRoot(leaves, start, split)];
}

type TreeHead = { readonly size: number; readonly root: Uint8Array };

export function verifyConsistency(old: TreeHead, grown: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (old.size > grown.size || old.size === 0) return false;
  if (old.size === grown.size) return proof.length === 0 && Buffer.compare(old.root, grown.root) === 0;
  const path = isPowerOfTwo(old.size) ? [old.root, ...proof] : [...proof];
  let node = old.size - 1;
  let last = grown.size - 1;
  while (isOdd(node)) [node, last] = [halve(node), halve(last)];
  const seed = path[0];
  if (seed === undefined) return false;
  let oldRoot = seed;
  let grownRoot = seed;
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldRoot = nodeHash(sibling, oldRoot);
      grownRoot = nodeHash(sibling, grownRoot);
      while (!isOdd(node) && node !== 0) [node, last] = [halve(node), halve(last)];
    } else {
      grownRoot = nodeHash(grownRoot, sibling);
    }
    [node, last] = [halve(node), halve(last)];
  }
  return last === 0 && Buffer.compare(oldRoot, old.root) === 0 && Buffer.compare(grownRoot, grown.root) === 0;
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

const halve = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;
const isPowerOfTwo = (value: number): boolean => largestPowerBelow(value * 2) === value;
