import type { Part } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';

/** Files that were put with Google: the Files API, and Cloud Storage. */
const GOOGLE_FILE = /^(gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|files\/)/;

/** The part of an `inlineData` (members by camelCase names); undefined where no other dialect has a notion of it, such as video. */
export function readInlineData(blob: JsonObject, at: string): Part | undefined {
  const mediaType = stringMember(blob, 'mimeType')?.toLowerCase() ?? '';
  const base64 = stringMember(blob, 'data');
  if (base64 === undefined) return undefined;
  if (mediaType.startsWith('audio/')) return { type: 'audio', base64, mediaType, at };
  return mediaPart({ kind: 'inline', mediaType, base64 }, mediaType, stringMember(blob, 'displayName') ?? null, at);
}

/** The part of a `fileData`; a bare web address is left to those who can fetch it. */
export function readFileData(file: JsonObject, at: string): Part | undefined {
  const uri = stringMember(file, 'fileUri');
  if (uri === undefined) return undefined;
  const mediaType = stringMember(file, 'mimeType')?.toLowerCase() ?? '';
  const source = GOOGLE_FILE.test(uri)
    ? ({ kind: 'file', dialect: 'gemini', id: uri } as const)
    : ({ kind: 'url', url: uri, mediaType: mediaType === '' ? null : mediaType } as const);
  return mediaPart(source, mediaType, stringMember(file, 'displayName') ?? null, at);
}

type Source = (Part & { readonly type: 'image' })['source'];

function mediaPart(source: Source, mediaType: string, title: string | null, at: string): Part | undefined {
  if (mediaType.startsWith('image/')) return { type: 'image', source, detail: null, cache: null, at };
  if (mediaType === '' || /^(video|audio)\//.test(mediaType)) return undefined;
  return { type: 'document', source, title, context: null, wantsCitations: null, cache: null, at };
}

/** The `inlineData` or `fileData` of a source; undefined for what Gemini cannot take: addresses, others' files. */
export function mediaOf(source: Source, title: string | null = null): JsonObject | undefined {
  const named = title === null ? {} : { displayName: title };
  if (source.kind === 'inline') return { inlineData: { mimeType: source.mediaType, data: source.base64, ...named } };
  if (source.kind === 'file' && source.dialect === 'gemini') return { fileData: { fileUri: source.id, ...named } };
  return undefined;
}

export function isMedia(value: unknown): value is JsonObject {
  return isJsonObject(value) && (isJsonObject(value.inlineData) || isJsonObject(value.fileData));
}
