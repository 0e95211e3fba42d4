import { createMerkleTree, type TreeState } from './merkle-tree.ts';

/** Where a log stands after its last record: enough to append to it and to sign for it. */
export type LogHead = {
  readonly seq: number;
  readonly tree: TreeState;
  /** The leaf hash of the last record, base64; empty for an empty log. */
  readonly leaf: string;
};

/** The durable end of a log, moving forward record by record. */
export type MovingHead = {
  advance(leaf: Buffer): void;
  seq(): number;
  leaf(): string;
  root(): Buffer;
  snapshot(): LogHead;
};

export function createMovingHead(from: LogHead): MovingHead {
  const tree = createMerkleTree(from.tree);
  let leafText = from.leaf;
  return {
    advance(leaf) {
      tree.append(leaf);
      leafText = leaf.toString('base64');
    },
    seq: () => tree.size(),
    leaf: () => leafText,
    root: () => tree.root(),
    snapshot: () => ({ seq: tree.size(), tree: tree.state(), leaf: leafText }),
  };
}
