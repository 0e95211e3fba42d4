import type { ReasoningProof } from '#features/gateway/conversation/part';
import type { PartSequencer } from '#features/gateway/conversation/sequence-parts';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { detailProof, detailText } from './reasoning-details.ts';

/** The reasoning of a stream: plain text, entries with what a provider wants back, or both, which say the same twice. */
export type StreamReasoning = {
  read(delta: JsonObject): void;
  text(text: string): void;
  /** Another part begins. */
  close(): void;
};

/** Called before a part of reasoning begins. */
type Begins = () => void;

export function createStreamReasoning(parts: PartSequencer, begins: Begins): StreamReasoning {
  let count = 0;
  let key: string | undefined;
  /** Of the open part, its text came plain, so entries repeat it. */
  let isPlain = false;
  /** The entry that the open part is read from, by its index. */
  let entry: JsonValue | undefined;

  function text(piece: string): void {
    if (piece === '') return;
    open();
    if (key !== undefined) parts.delta(key, piece);
  }

  function open(): void {
    if (key !== undefined) return;
    begins();
    key = `reasoning ${count++}`;
    isPlain = false;
    entry = undefined;
    parts.open(key, { type: 'reasoning' });
  }

  function close(proof: ReasoningProof | null = null): void {
    if (key !== undefined) parts.close(key, proof);
    key = undefined;
  }

  function readDetail(detail: JsonObject): void {
    const proof = detailProof(detail);
    const told = detailText(detail);
    const isHidden = detail.type === 'reasoning.encrypted';
    if (isHidden || (key === undefined && told === '')) {
      if (proof !== null) whole(proof);
      return;
    }
    if (key !== undefined && !isPlain && entry !== undefined && detail.index !== entry) close();
    if (!isPlain) text(told);
    entry = detail.index;
    if (proof !== null) close(proof);
  }

  function whole(proof: ReasoningProof): void {
    close();
    begins();
    parts.whole({ type: 'reasoning', text: '', proof, at: '' });
  }

  return {
    read(delta) {
      const plain = stringMember(delta, 'reasoning_content') ?? stringMember(delta, 'reasoning') ?? '';
      if (plain !== '') {
        text(plain);
        isPlain = true;
      }
      if (!Array.isArray(delta.reasoning_details)) return;
      for (const detail of delta.reasoning_details) if (isJsonObject(detail)) readDetail(detail);
    },
    text,
    close: () => close(),
  };
}
