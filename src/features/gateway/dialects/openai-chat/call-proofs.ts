import { proofOf, proofText } from '#features/gateway/conversation/carried-proof';
import type { ReasoningProof } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';

/**
 * What a provider gave along with a call, where Google's own endpoint for this dialect puts its signatures:
 * https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export function readCallProof(call: JsonObject): ReasoningProof | null {
  const extra = isJsonObject(call.extra_content) ? call.extra_content : undefined;
  const signature = stringMember(extra?.google, 'thought_signature') ?? '';
  return signature === '' ? null : proofOf(signature, 'gemini', 'signature');
}

export function callProofMembers(proof: ReasoningProof | null): JsonObject {
  if (proof === null) return {};
  return { extra_content: { google: { thought_signature: proofText(proof, 'gemini') } } };
}
