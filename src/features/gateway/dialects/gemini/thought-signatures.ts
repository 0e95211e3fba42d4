import { proofOf, proofText } from '#features/gateway/conversation/carried-proof';
import type { ReasoningProof } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';

/**
 * What Google documents for calls that its model did not make: the validator lets a call pass that carries it
 * (https://ai.google.dev/gemini-api/docs/thought-signatures, FAQ).
 */
export const SIGNATURE_PLACEHOLDER = 'skip_thought_signature_validator';

/** The documented values that stand for no signature. */
const PLACEHOLDERS = new Set([SIGNATURE_PLACEHOLDER, 'context_engineering_is_the_way_to_go']);

/** How the tag of a carried proof begins once it is base64. */
const CARRIED = 'c3AxL';

/**
 * A proof as a `thoughtSignature`. The field is bytes, and typed clients refuse what is not base64, so a foreign
 * proof, tagged, is base64 once more.
 */
export function signatureOf(proof: ReasoningProof): string {
  const text = proofText(proof, 'gemini');
  return text === proof.value && proof.dialect === 'gemini' ? text : Buffer.from(text).toString('base64');
}

/** The proof that a `thoughtSignature` carries; null for none, and for a placeholder. */
export function proofOfSignature(signature: string | undefined, kind: ReasoningProof['kind']): ReasoningProof | null {
  if (signature === undefined || signature === '' || PLACEHOLDERS.has(signature)) return null;
  if (signature.startsWith(CARRIED)) {
    const text = Buffer.from(signature, 'base64').toString();
    const carried = proofOf(text, 'gemini', kind);
    if (carried.value !== text) return carried;
  }
  return { dialect: 'gemini', kind, value: signature, id: null };
}

/** Whether a signature may stand on the part: on anything but thoughts, calls and what is signed already. */
export function canBeSigned(part: JsonObject | undefined): part is JsonObject {
  if (part === undefined || part.thoughtSignature !== undefined || part.thought === true) return false;
  return part.text !== undefined || part.inlineData !== undefined || part.fileData !== undefined;
}
