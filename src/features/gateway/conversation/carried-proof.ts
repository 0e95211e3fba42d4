import { WIRES, type Wire } from '../config.ts';
import type { ReasoningProof } from './part.ts';

const TAG = 'sp1';

/**
 * A proof as the text that a dialect's own place for proofs carries: its own as it is, another provider's with a tag,
 * so that it comes back whole and is never taken for one of the dialect's own.
 */
export function proofText(proof: ReasoningProof, dialect: Wire): string {
  if (proof.dialect === dialect && proof.id === null) return proof.value;
  const id = Buffer.from(proof.id ?? '').toString('base64url');
  return [TAG, proof.dialect, proof.kind, id, proof.value].join('.');
}

/** The proof that a text carries: what has no tag is the dialect's own. */
export function proofOf(text: string, dialect: Wire, kind: ReasoningProof['kind']): ReasoningProof {
  return taggedProof(text) ?? { dialect, kind, value: text, id: null };
}

function taggedProof(text: string): ReasoningProof | undefined {
  const match = /^sp1\.([a-z-]+)\.(signature|hidden)\.([A-Za-z0-9_-]*)\.(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, name, kind, id, value] = match;
  const dialect = WIRES.find((wire) => wire === name);
  if (dialect === undefined || value === undefined) return undefined;
  return {
    dialect,
    kind: kind === 'hidden' ? 'hidden' : 'signature',
    value,
    id: id === undefined || id === '' ? null : Buffer.from(id, 'base64url').toString(),
  };
}
