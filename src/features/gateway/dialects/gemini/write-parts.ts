import type { Losses } from '#features/gateway/conversation/losses';
import type { DocumentPart, ImagePart, Part, ReasoningPart, ToolCallPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { argsOfArguments, isUnparsed } from './call-arguments.ts';
import { isMadeCallId } from './call-ids.ts';
import { mediaOf } from './read-media.ts';
import { memberAt, notConvertible } from './request-message.ts';
import { canBeSigned } from './thought-signatures.ts';
import { TOOL_NAME_CHARACTERS_MAX } from './write-tools.ts';

/** A part as it goes upstream, and where the client said it. */
export type WrittenPart = { value: JsonObject; readonly at: string };

/** Appends what Gemini takes of a part that is no result. Throws `invalid_input` for media that it cannot have. */
export function writePart(part: Part, parts: WrittenPart[], to: Target, losses: Losses): void {
  if ('cache' in part && part.cache !== null) losses.drop(part.cache.at);
  const { at } = part;
  switch (part.type) {
    case 'text':
      if (part.citations.length > 0) losses.drop(memberAt(at, 'citations'));
      // Gemini refuses contents that say nothing.
      if (part.text !== '') parts.push({ value: { text: part.text }, at });
      return;
    case 'refusal':
      losses.change(at);
      if (part.text !== '') parts.push({ value: { text: part.text }, at });
      return;
    case 'image':
      parts.push({ value: writeImage(part, losses), at });
      return;
    case 'document':
      parts.push({ value: writeDocument(part, losses), at });
      return;
    case 'audio':
      parts.push({ value: { inlineData: { mimeType: part.mediaType, data: part.base64 } }, at });
      return;
    case 'reasoning':
      writeReasoning(part, parts, losses);
      return;
    case 'tool_call':
      parts.push({ value: writeCall(part, to, losses), at });
      return;
    case 'native':
      if (part.dialect === 'gemini' && isJsonObject(part.value)) parts.push({ value: part.value, at });
      else losses.drop(at);
      return;
    case 'tool_result':
      losses.drop(at);
  }
}

/** Throws for an address, which Gemini does not fetch for us and which we do not fetch for it. */
export function writeImage(part: ImagePart, losses: Losses): JsonObject {
  if (part.detail !== null) losses.drop(part.detail.at);
  return mediaOf(part.source) ?? refused(part);
}

export function writeDocument(part: DocumentPart, losses: Losses): JsonObject {
  if (part.wantsCitations !== null) losses.drop(part.wantsCitations.at);
  const { source, title, context, at } = part;
  if (source.kind === 'text') {
    losses.change(at);
    return { text: [title, context?.value, source.text].filter((text) => text != null && text !== '').join('\n\n') };
  }
  if (title !== null) losses.drop(memberAt(at, 'title'));
  if (context !== null) losses.drop(context.at);
  return mediaOf(source) ?? refused(part);
}

function refused({ type, source, at }: ImagePart | DocumentPart): never {
  if (source.kind === 'file') {
    const remedy = `send the ${type} inline as base64, or ask for a model of the provider that holds the file`;
    throw notConvertible(at, `the file is held by another provider than Gemini`, remedy);
  }
  const remedy = `send the ${type} inline as base64`;
  throw notConvertible(at, `Gemini is sent no ${type} by its address, and the gateway fetches none`, remedy);
}

/**
 * Thoughts with Gemini's own signature, or without any, go back; another provider's mean nothing here. A signature
 * without thoughts belongs to the part before it, or stands alone in a part without text.
 */
function writeReasoning({ text, proof, at }: ReasoningPart, parts: WrittenPart[], losses: Losses): void {
  if (proof === null) {
    if (text !== '') parts.push({ value: { text, thought: true }, at });
    return;
  }
  if (proof.dialect !== 'gemini') {
    losses.drop(at);
    return;
  }
  const thoughtSignature = proof.value;
  if (text !== '') {
    parts.push({ value: { text, thought: true, thoughtSignature }, at });
    return;
  }
  const before = parts.at(-1);
  if (proof.kind === 'signature' && before !== undefined && canBeSigned(before.value)) {
    before.value = { ...before.value, thoughtSignature };
  } else {
    parts.push({ value: { text: '', thoughtSignature }, at });
  }
}

function writeCall(part: ToolCallPart, to: Target, losses: Losses): JsonObject {
  const args = argsOfArguments(part.argumentsText);
  if (isUnparsed(args)) losses.change(part.at);
  const { proof } = part;
  if (proof !== null && proof.dialect !== 'gemini') losses.drop(memberAt(part.at, 'proof'));
  return {
    functionCall: {
      ...(isMadeCallId(part.id) ? {} : { id: part.id }),
      name: to.toolNames.outward(part.name, TOOL_NAME_CHARACTERS_MAX),
      args,
    },
    ...(proof?.dialect === 'gemini' ? { thoughtSignature: proof.value } : {}),
  };
}
