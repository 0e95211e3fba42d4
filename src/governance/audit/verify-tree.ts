import { emptyRoot, nodeHash } from './hashing.ts';

/**
 * The verifier's own RFC 6962 tree: one slot for each level, filled and carried like a binary counter. It shares the
 * hash primitives with the writer's tree and nothing else, so a mistake in one does not hide in the other.
 */
export class VerifyTree {
  /** `levels[n]` is the root of a perfect subtree of 2^n leaves, or undefined. */
  readonly #levels: (Uint8Array | undefined)[] = [];
  #size = 0;

  /** Continues from the perfect subtrees of the first `size` leaves, largest first. */
  static from(size: number, peaks: readonly Uint8Array[]): VerifyTree | undefined {
    const tree = new VerifyTree();
    const remaining = [...peaks];
    for (let level = 0, rest = size; rest > 0; level++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue;
      const peak = remaining.pop();
      if (peak === undefined) return undefined;
      tree.#levels[level] = peak;
    }
    tree.#size = size;
    return remaining.length === 0 ? tree : undefined;
  }

  add(leaf: Uint8Array): void {
    let carry = leaf;
    let level = 0;
    for (let held = this.#levels[level]; held !== undefined; held = this.#levels[level]) {
      carry = nodeHash(held, carry);
      this.#levels[level] = undefined;
      level += 1;
    }
    this.#levels[level] = carry;
    this.#size += 1;
  }

  size(): number {
    return this.#size;
  }

  root(): Buffer {
    let root: Uint8Array | undefined;
    for (const held of this.#levels) {
      if (held !== undefined) root = root === undefined ? held : nodeHash(held, root);
    }
    return root === undefined ? emptyRoot() : Buffer.from(root);
  }
}
