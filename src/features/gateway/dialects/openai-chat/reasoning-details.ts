import { proofOf, proofText } from '#features/gateway/conversation/carried-proof';
import type { ReasoningPart, ReasoningProof } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, jsonOrUndefined, stringMember } from '#foundation/json';

/**
 * Chat Completions have no place for reasoning. Many upstreams put its text in `reasoning_content` (DeepSeek) or
 * `reasoning` (OpenRouter, vLLM), and OpenRouter adds `reasoning_details`, whose entries hold what a provider wants back:
 * https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks
 * This gateway gives clients the same, so that proofs of any provider come back.
 */
export const PLAIN_REASONING = ['reasoning_content', 'reasoning'] as const;

/** The reasoning of a message. What stands in its plain text and in no entry is told in `beyond`. */
export function readReasoning(message: JsonObject, at: string, beyond: string[] = []): readonly ReasoningPart[] {
  const details = detailsOf(message).flatMap((detail, index) =>
    readDetail(detail, `${at}.reasoning_details[${index}]`),
  );
  const name = PLAIN_REASONING.find((key) => (stringMember(message, key) ?? '') !== '');
  if (name === undefined) return details;
  const plain = stringMember(message, name) ?? '';
  const told = details.map(({ text }) => text).join('');
  const [first, ...others] = details;
  if (told !== '') {
    if (told !== plain) beyond.push(`${at}.${name}`);
    return details;
  }
  // An entry with a signature alone signs the plain text.
  if (first?.proof?.kind === 'signature') return [{ ...first, text: plain }, ...others];
  return [{ type: 'reasoning', text: plain, proof: null, at: `${at}.${name}` }, ...details];
}

function detailsOf(message: JsonObject): readonly JsonObject[] {
  const details = message.reasoning_details;
  return Array.isArray(details) ? details.filter(isJsonObject) : [];
}

function readDetail(detail: JsonObject, at: string): readonly ReasoningPart[] {
  const text = detailText(detail);
  const proof = detailProof(detail);
  return text === '' && proof === null ? [] : [{ type: 'reasoning', text, proof, at }];
}

export function detailText(detail: JsonObject): string {
  return stringMember(detail, 'text') ?? stringMember(detail, 'summary') ?? '';
}

/** A carried proof, or the whole entry but for its text as a proof of this dialect; null where it proves nothing. */
export function detailProof(detail: JsonObject): ReasoningProof | null {
  const data = stringMember(detail, 'data') ?? '';
  const signature = stringMember(detail, 'signature') ?? '';
  const kind = data === '' ? 'signature' : 'hidden';
  if (data === '' && signature === '') return null;
  const carried = proofOf(data === '' ? signature : data, 'openai-chat', kind);
  if (carried.dialect !== 'openai-chat') return carried;
  const { text: _text, summary: _summary, ...rest } = detail;
  return { dialect: 'openai-chat', kind, value: JSON.stringify(rest), id: null };
}

/** The entry for a client, with the proof of whichever provider; undefined where there is nothing to keep. */
export function clientDetail(text: string, proof: ReasoningProof | null, index: number): JsonObject | undefined {
  if (proof === null) return text === '' ? undefined : { type: 'reasoning.text', text, index };
  if (proof.dialect === 'openai-chat') return ownDetail(text, proof);
  const carried = proofText(proof, 'openai-chat');
  return proof.kind === 'hidden' && text === ''
    ? { type: 'reasoning.encrypted', data: carried, index }
    : { type: 'reasoning.text', text, signature: carried, index };
}

/** An entry as the upstream gave it; undefined for a proof that holds none. */
export function ownDetail(text: string, { value }: ReasoningProof): JsonObject | undefined {
  const detail = jsonOrUndefined(value);
  if (!isJsonObject(detail)) return undefined;
  if (detail.type === 'reasoning.encrypted') return detail;
  return detail.type === 'reasoning.summary' ? { ...detail, summary: text } : { ...detail, text };
}
