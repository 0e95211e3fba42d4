import type { Answer } from '#features/gateway/conversation/answer';
import type { Part, ReasoningProof } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject } from '#foundation/json';
import type { AnswerFrame } from '../dialect.ts';
import { argsOfArguments } from './call-arguments.ts';
import { type CitedText, writeGrounding } from './grounding.ts';
import { mediaOf } from './read-media.ts';
import { writeBlockedPrompt, writeFinish } from './stop.ts';
import { canBeSigned, signatureOf } from './thought-signatures.ts';
import { writeUsage } from './usage.ts';

export function writeAnswer(answer: Answer, as: AnswerFrame): JsonObject {
  const frame = {
    usageMetadata: writeUsage(answer.usage),
    modelVersion: as.model,
    responseId: responseIdOf(as),
  };
  const blocked = answer.parts.length === 0 ? writeBlockedPrompt(answer.stop) : undefined;
  if (blocked !== undefined) return { promptFeedback: blocked, ...frame };
  const parts: JsonObject[] = [];
  const cited: CitedText[] = [];
  for (const part of answer.parts) {
    if (part.type === 'text' && part.citations.length > 0) cited.push({ ...part, partIndex: parts.length });
    addAnswerPart(part, parts);
  }
  const groundingMetadata = writeGrounding(cited);
  // Clients take content without parts for no answer at all.
  const content = { parts: parts.length === 0 ? [{ text: '' }] : parts, role: 'model' };
  const candidate = {
    content,
    ...writeFinish(answer.stop),
    index: 0,
    ...(groundingMetadata === undefined ? {} : { groundingMetadata }),
  };
  return { candidates: [candidate], ...frame };
}

export function responseIdOf(as: AnswerFrame): string {
  return as.requestId;
}

/** Appends what a client of this dialect is shown of a part; other dialects' own parts have no place here. */
export function addAnswerPart(part: Part, parts: JsonObject[]): void {
  switch (part.type) {
    case 'text':
    case 'refusal':
      if (part.text !== '') parts.push({ text: part.text });
      return;
    case 'reasoning':
      addReasoning(part.text, part.proof, parts);
      return;
    case 'tool_call':
      parts.push({
        functionCall: { id: part.id, name: part.name, args: argsOfArguments(part.argumentsText) },
        ...(part.proof === null ? {} : { thoughtSignature: signatureOf(part.proof) }),
      });
      return;
    case 'image':
    case 'document':
      parts.push(...answerMedia(part));
      return;
    case 'audio':
      parts.push({ inlineData: { mimeType: part.mediaType, data: part.base64 } });
      return;
    case 'native':
      if (part.dialect === 'gemini' && isJsonObject(part.value)) parts.push(part.value);
      return;
    case 'tool_result':
  }
}

/** A client may be told an address, which an upstream may not. */
function answerMedia({ source }: Part & { readonly type: 'image' | 'document' }): readonly JsonObject[] {
  if (source.kind === 'text') return [{ text: source.text }];
  if (source.kind !== 'url') return [mediaOf(source) ?? {}].filter((part) => Object.keys(part).length > 0);
  const { url, mediaType } = source;
  return [{ fileData: { fileUri: url, ...(mediaType === null ? {} : { mimeType: mediaType }) } }];
}

/** Gemini's own signature without thoughts belongs to the part before it; every other one is a thought. */
function addReasoning(text: string, proof: ReasoningProof | null, parts: JsonObject[]): void {
  if (proof === null) {
    if (text !== '') parts.push({ text, thought: true });
    return;
  }
  const thoughtSignature = signatureOf(proof);
  const before = parts.at(-1);
  if (text === '' && proof.dialect === 'gemini' && proof.kind === 'signature' && canBeSigned(before)) {
    parts[parts.length - 1] = { ...before, thoughtSignature };
  } else {
    parts.push({ text, thought: true, thoughtSignature });
  }
}
