import { proofOf, proofText } from '#features/gateway/conversation/carried-proof';
import type { Part, ReasoningPart, ReasoningProof, ToolCallPart } from '#features/gateway/conversation/part';
import { type JsonObject, stringMember } from '#foundation/json';
import { noteBeyond, type Place } from './request-place.ts';

const THINKING_MEMBERS = new Set(['type', 'thinking', 'signature']);

/** Of a `thinking` block; a signature without text is what `display: omitted` leaves, and is kept. */
export function readThinking(block: JsonObject, place: Place): ReasoningPart {
  noteBeyond(block, THINKING_MEMBERS, place);
  const signature = stringMember(block, 'signature') ?? '';
  return {
    type: 'reasoning',
    text: stringMember(block, 'thinking') ?? '',
    proof: signature === '' ? null : proofOf(signature, 'anthropic', 'signature'),
    at: place.at,
  };
}

export function readRedactedThinking(block: JsonObject, at: string): ReasoningPart {
  const data = stringMember(block, 'data') ?? '';
  return { type: 'reasoning', text: '', proof: data === '' ? null : proofOf(data, 'anthropic', 'hidden'), at };
}

/** The block of a reasoning part for a client, foreign proofs included; undefined where there is nothing to show. */
export function reasoningBlock({ text, proof }: Pick<ReasoningPart, 'text' | 'proof'>): JsonObject | undefined {
  if (proof === null) return text === '' ? undefined : { type: 'thinking', thinking: text, signature: '' };
  const carried = proofText(proof, 'anthropic');
  return proof.kind === 'hidden' && text === ''
    ? { type: 'redacted_thinking', data: carried }
    : { type: 'thinking', thinking: text, signature: carried };
}

/**
 * What a provider wants back with one call of a tool, as a `redacted_thinking` block behind that call: the Messages API
 * has no place for it on the call itself. The id of the call stands where an item's id would, so it is found again.
 */
export function callProofBlock(proof: ReasoningProof, callId: string): JsonObject {
  return { type: 'redacted_thinking', data: proofText({ ...proof, id: callId }, 'anthropic') };
}

/** Puts the proofs that `callProofBlock` made back on their calls. */
export function withCallProofs(parts: readonly Part[]): readonly Part[] {
  const calls = new Map<string, ToolCallPart>();
  for (const part of parts) if (part.type === 'tool_call') calls.set(part.id, part);
  if (calls.size === 0) return parts;
  const proofs = new Map<string, ReasoningProof>();
  const rest = parts.filter((part) => {
    if (part.type !== 'reasoning' || part.text !== '' || part.proof?.id == null) return true;
    if (part.proof.dialect === 'anthropic' || !calls.has(part.proof.id)) return true;
    proofs.set(part.proof.id, { ...part.proof, id: null });
    return false;
  });
  if (proofs.size === 0) return parts;
  return rest.map((part) => (part.type === 'tool_call' ? { ...part, proof: proofs.get(part.id) ?? null } : part));
}
