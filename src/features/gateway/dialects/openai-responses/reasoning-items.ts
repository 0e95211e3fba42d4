import { proofOf, proofText } from '#features/gateway/conversation/carried-proof';
import type { Part, ReasoningPart, ReasoningProof, ToolCallPart } from '#features/gateway/conversation/part';
import { type JsonObject, type JsonValue, stringMember } from '#foundation/json';

/** Between the parts of a summary, which are one text in a `ReasoningPart`. */
export const SUMMARY_BREAK = '\n\n';

/**
 * A `reasoning` item; undefined when it holds neither words nor an encrypted whole, and so is only a name of something
 * that OpenAI keeps. The words are the summary, or what models with open weights show in full.
 */
export function readReasoningItem(item: JsonObject, at: string): ReasoningPart | undefined {
  const summary = joinedTexts(item.summary);
  const text = summary === '' ? joinedTexts(item.content) : summary;
  const proof = readProof(item);
  return text === '' && proof === null ? undefined : { type: 'reasoning', text, proof, at };
}

/** OpenAI checks that what is encrypted comes back under the id that it had. */
export function readProof(item: JsonObject): ReasoningProof | null {
  const encrypted = stringMember(item, 'encrypted_content') ?? '';
  if (encrypted === '') return null;
  const proof = proofOf(encrypted, 'openai-responses', 'hidden');
  if (proof.dialect !== 'openai-responses' || proof.id !== null) return proof;
  return { ...proof, id: stringMember(item, 'id') ?? null };
}

function joinedTexts(parts: JsonValue | undefined): string {
  if (typeof parts === 'string') return parts;
  if (!Array.isArray(parts)) return '';
  return parts
    .map((part: JsonValue) => stringMember(part, 'text') ?? '')
    .filter((text) => text !== '')
    .join(SUMMARY_BREAK);
}

/** What a client is given of a reasoning part, foreign proofs included; `encrypted_content` comes with the end of a stream. */
export function reasoningItem(id: string, text: string, proof: ReasoningProof | null): JsonObject {
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: proof === null ? null : proofText(proof, 'openai-responses'),
  };
}

/**
 * What a provider wants back with one call of a tool, as a proof of its own behind that call: this API has no place for
 * it on the call. The id of the call stands where an item's id would, so it is found again.
 */
export function callProof(proof: ReasoningProof, callId: string): ReasoningProof {
  return { ...proof, id: callId };
}

/** Puts the proofs that `callProof` made back on their calls. */
export function withCallProofs(parts: readonly Part[]): readonly Part[] {
  const calls = new Map<string, ToolCallPart>();
  for (const part of parts) if (part.type === 'tool_call') calls.set(part.id, part);
  if (calls.size === 0) return parts;
  const proofs = new Map<string, ReasoningProof>();
  const rest = parts.filter((part) => {
    if (part.type !== 'reasoning' || part.text !== '' || part.proof?.id == null) return true;
    if (part.proof.dialect === 'openai-responses' || !calls.has(part.proof.id)) return true;
    proofs.set(part.proof.id, { ...part.proof, id: null });
    return false;
  });
  if (proofs.size === 0) return parts;
  return rest.map((part) => (part.type === 'tool_call' ? { ...part, proof: proofs.get(part.id) ?? null } : part));
}
