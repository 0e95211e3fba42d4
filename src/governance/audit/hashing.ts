/**
 * The hash primitives of the audit tree (RFC 6962 section 2.1): the only code that the writer and the verifier share.
 *
 * A leaf and an inner node are hashed under different prefixes, so neither can be passed off as the other.
 */
import { sha256 } from '#foundation/crypto';

export const HASH_BYTES = 32;

/** The byte in front of a leaf's content. The journal keeps it in front of each payload (see framing). */
export const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** SHA-256(0x00 || content). */
export function leafHash(content: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(content.length + 1);
  prefixed[0] = LEAF_PREFIX;
  prefixed.set(content, 1);
  return prefixedLeafHash(prefixed);
}

/** The same for bytes that already carry the prefix, so that nothing is copied on the hot path. */
export function prefixedLeafHash(prefixed: Uint8Array): Buffer {
  return sha256(prefixed);
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const content = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  content[0] = NODE_PREFIX;
  content.set(left, 1);
  content.set(right, 1 + HASH_BYTES);
  return sha256(content);
}

/** The root of a tree without leaves: SHA-256 of the empty string. */
export function emptyRoot(): Buffer {
  return sha256('');
}
