import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRoot, leafHash } from './hashing.ts';
import { proveConsistency, proveInclusion, subtreeRoot, verifyConsistency, verifyInclusion } from './merkle-proof.ts';
import { createMerkleTree } from './merkle-tree.ts';
import { VerifyTree } from './verify-tree.ts';

/** The test vectors of the Certificate Transparency reference implementation. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => leafHash(Buffer.from(hex, 'hex')),
);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const hexOf = (hash: Uint8Array | undefined) => Buffer.from(hash ?? []).toString('hex');
const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

describe('the tree', () => {
  it('has the roots of RFC 6962, in the writer and in the verifier', () => {
    expect(hexOf(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const tree = createMerkleTree();
    const verifying = new VerifyTree();
    for (const [index, leaf] of LEAVES.entries()) {
      tree.append(leaf);
      verifying.add(leaf);
      expect(hexOf(tree.root())).toBe(ROOTS[index]);
      expect(hexOf(verifying.root())).toBe(ROOTS[index]);
      expect(hexOf(subtreeRoot(LEAVES, 0, index + 1))).toBe(ROOTS[index]);
    }
  });

  it('goes on from its state as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.nat({ max: 70 }), fc.nat({ max: 70 }), (before, after) => {
        const leaves = leavesOf(before + after);
        const first = createMerkleTree();
        for (const leaf of leaves.slice(0, before)) first.append(leaf);
        const second = createMerkleTree(first.state());
        const verifying = VerifyTree.from(before, first.state().peaks);
        for (const leaf of leaves.slice(before)) {
          second.append(leaf);
          verifying?.add(leaf);
        }
        expect(hexOf(second.root())).toBe(hexOf(subtreeRoot(leaves)));
        expect(hexOf(verifying?.root())).toBe(hexOf(subtreeRoot(leaves)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a proof', () => {
  it('is the published one for known trees', () => {
    expect(proveInclusion(LEAVES, 0).path.map(hexOf)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(proveConsistency(LEAVES, 6).map(hexOf)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('of inclusion holds for every leaf of every small tree, and for no other leaf, place or root', () => {
    for (let size = 1; size <= 33; size++) {
      const leaves = leavesOf(size);
      const root = subtreeRoot(leaves);
      for (const [index, leaf] of leaves.entries()) {
        const proof = proveInclusion(leaves, index);
        expect(verifyInclusion(proof, leaf, root)).toBe(true);
        expect(verifyInclusion(proof, leafHash(Buffer.from('other')), root)).toBe(false);
        expect(verifyInclusion({ ...proof, index: index + 1 }, leaf, root)).toBe(false);
        expect(verifyInclusion({ ...proof, path: [...proof.path, leaf] }, leaf, root)).toBe(false);
        expect(verifyInclusion(proof, leaf, leafHash(root))).toBe(false);
      }
    }
  });

  it('of consistency holds between every two sizes, and not with a changed beginning', () => {
    for (let size = 1; size <= 24; size++) {
      const leaves = leavesOf(size);
      const grown = { size, root: subtreeRoot(leaves) };
      for (let oldSize = 1; oldSize <= size; oldSize++) {
        const proof = proveConsistency(leaves, oldSize);
        const old = { size: oldSize, root: subtreeRoot(leaves, 0, oldSize) };
        expect(verifyConsistency(old, grown, proof)).toBe(true);
        expect(verifyConsistency({ ...old, root: leafHash(old.root) }, grown, proof)).toBe(false);
        expect(verifyConsistency(old, { ...grown, root: leafHash(grown.root) }, proof)).toBe(false);
      }
    }
  });
});
