import type { Clock } from '#foundation/time';
import type { ReasoningProof } from './conversation/part.ts';

/**
 * Remembers what a provider gave along with a tool call and wants back with it, such as Gemini's thought signature,
 * for clients that drop it. One for a process: a call whose proof another process holds goes without.
 */
export type ProofMemory = {
  /** `owner` is tenant and user: nobody is given what another one's conversation brought. */
  remember(owner: string, callId: string, proof: ReasoningProof): void;
  /** Null for what is unknown, forgotten or another owner's. What is recalled is kept anew. */
  recall(owner: string, callId: string): ReasoningProof | null;
};

export type ProofMemoryOptions = {
  /** At most as many calls; the one that was longest of no use gives way. */
  readonly entriesMax: number;
  readonly clock: Clock;
  /** How long a proof is kept after it was given or recalled. */
  readonly keepMs: number;
};

/** Longer proofs are not kept; Gemini's have a few kilobytes. */
const PROOF_CHARACTERS_MAX = 131_072;

/** All proofs together. */
const CHARACTERS_MAX = 67_108_864;

type Entry = { readonly proof: ReasoningProof; readonly expiresMs: number };

export function createProofMemory({ entriesMax, clock, keepMs }: ProofMemoryOptions): ProofMemory {
  /** The first one was longest of no use. */
  const entries = new Map<string, Entry>();
  let characters = 0;

  function put(key: string, proof: ReasoningProof): void {
    entries.set(key, { proof, expiresMs: clock.monotonicMs() + keepMs });
    characters += proof.value.length;
  }

  function forget(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    characters -= entry.proof.value.length;
  }

  /** All are kept equally long, so those that are over stand first. */
  function makeRoom(): void {
    const now = clock.monotonicMs();
    for (const [key, entry] of entries) {
      if (entries.size <= entriesMax && characters <= CHARACTERS_MAX && entry.expiresMs > now) return;
      forget(key);
    }
  }

  return {
    remember(owner, callId, proof) {
      if (proof.value.length > PROOF_CHARACTERS_MAX) return;
      const key = keyOf(owner, callId);
      forget(key);
      put(key, proof);
      makeRoom();
    },
    recall(owner, callId) {
      const key = keyOf(owner, callId);
      const entry = entries.get(key);
      if (entry === undefined) return null;
      forget(key);
      if (entry.expiresMs <= clock.monotonicMs()) return null;
      put(key, entry.proof);
      return entry.proof;
    },
  };
}

/** The length keeps apart what would be equal when it is joined. */
function keyOf(owner: string, callId: string): string {
  return `${owner.length}:${owner}${callId}`;
}
