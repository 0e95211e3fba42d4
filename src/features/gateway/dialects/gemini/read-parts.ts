import type { Part, ReasoningProof } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';
import { readFileData, readInlineData } from './read-media.ts';
import { proofOfSignature } from './thought-signatures.ts';

/** Parts of tools that Google runs, which go back as they came. */
const NATIVE_KINDS = ['executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse', 'inlineData', 'fileData'];

/**
 * A part (members by camelCase names) that is neither a call nor a result; undefined when it is none that is known.
 * A signature on anything but thought becomes reasoning without text right behind it: kind `signature` when it stood
 * on the part before, `hidden` when it stood on a part without text of its own.
 */
export function readContentPart(part: JsonObject, at: string): readonly Part[] | undefined {
  const signature = stringMember(part, 'thoughtSignature');
  if (typeof part.text === 'string') return readText(part.text, part.thought === true, signature, at);
  const media = readMedia(part, at);
  if (media !== undefined) return [media, ...proven(proofOfSignature(signature, 'signature'), at)];
  const kind = NATIVE_KINDS.find((name) => isJsonObject(part[name]));
  if (kind !== undefined) return [{ type: 'native', dialect: 'gemini', kind, value: part, at }];
  return signature === undefined ? undefined : proven(proofOfSignature(signature, 'hidden'), at);
}

function readText(text: string, isThought: boolean, signature: string | undefined, at: string): readonly Part[] {
  const proof = proofOfSignature(signature, text === '' ? 'hidden' : 'signature');
  if (isThought) return text === '' && proof === null ? [] : [{ type: 'reasoning', text, proof, at }];
  if (text === '' && proof !== null) return proven(proof, at);
  return [{ type: 'text', text, citations: [], cache: null, at }, ...proven(proof, at)];
}

function proven(proof: ReasoningProof | null, at: string): readonly Part[] {
  return proof === null ? [] : [{ type: 'reasoning', text: '', proof, at }];
}

function readMedia(part: JsonObject, at: string): Part | undefined {
  if (isJsonObject(part.inlineData)) return readInlineData(part.inlineData, at);
  return isJsonObject(part.fileData) ? readFileData(part.fileData, at) : undefined;
}
