import type { AudioPart, CacheMarker, DocumentPart, ImagePart, MediaSource } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';
import { readDataUrl, withoutLineBreaks } from './data-url.ts';
import { invalidRequest, memberAt, noteBeyond, objectAt, type Place, requiredString } from './request-place.ts';

const IMAGE_MEMBERS = new Set(['type', 'image_url', 'file_id', 'detail', 'prompt_cache_breakpoint']);

export function readImage(part: JsonObject, cache: CacheMarker | null, place: Place): ImagePart {
  noteBeyond(part, IMAGE_MEMBERS, place);
  const { at } = place;
  return { type: 'image', source: imageSource(part, at), detail: readDetail(part, place), cache, at };
}

function imageSource(part: JsonObject, at: string): MediaSource {
  // Chat Completions wraps the address in an object, and clients mix the two up.
  const url = stringMember(part, 'image_url') ?? stringMember(part.image_url, 'url');
  if (url !== undefined && url !== '') return sourceOfUrl(url);
  const id = stringMember(part, 'file_id');
  if (id !== undefined && id !== '') return { kind: 'file', dialect: 'openai-responses', id };
  throw invalidRequest(memberAt(at, 'image_url'), 'an address is required', 'send image_url or file_id');
}

/** `auto` is what happens without a word. */
function readDetail({ detail }: JsonObject, { at, beyond }: Place): ImagePart['detail'] {
  if (detail === undefined || detail === null || detail === 'auto') return null;
  const detailAt = memberAt(at, 'detail');
  if (detail === 'low' || detail === 'high' || detail === 'original') return { value: detail, at: detailAt };
  beyond.push(detailAt);
  return null;
}

const FILE_MEMBERS = new Set(['type', 'file_data', 'file_url', 'file_id', 'filename', 'prompt_cache_breakpoint']);

export function readFile(part: JsonObject, cache: CacheMarker | null, place: Place): DocumentPart {
  noteBeyond(part.detail === 'auto' ? { ...part, detail: undefined } : part, FILE_MEMBERS, place);
  const { at } = place;
  const filename = stringMember(part, 'filename') ?? null;
  return {
    type: 'document',
    source: fileSource(part, filename, at),
    title: filename,
    context: null,
    wantsCitations: null,
    cache,
    at,
  };
}

function fileSource(part: JsonObject, filename: string | null, at: string): MediaSource {
  const data = stringMember(part, 'file_data');
  if (data !== undefined && data !== '') {
    const inline = readDataUrl(data) ?? { mediaType: mediaTypeOf(filename), base64: withoutLineBreaks(data) };
    return { kind: 'inline', ...inline };
  }
  const url = stringMember(part, 'file_url');
  if (url !== undefined && url !== '') return sourceOfUrl(url);
  const id = stringMember(part, 'file_id');
  if (id !== undefined && id !== '') return { kind: 'file', dialect: 'openai-responses', id };
  throw invalidRequest(memberAt(at, 'file_data'), 'a file is required', 'send file_data, file_url or file_id');
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
};

/** Bare data are a PDF, unless the name of the file says otherwise. */
function mediaTypeOf(filename: string | null): string {
  const extension = /\.([a-z0-9]+)$/i.exec(filename ?? '')?.[1]?.toLowerCase() ?? '';
  return (Object.hasOwn(MEDIA_TYPES, extension) ? MEDIA_TYPES[extension] : undefined) ?? 'application/pdf';
}

function sourceOfUrl(url: string): MediaSource {
  const inline = readDataUrl(url);
  return inline === undefined ? { kind: 'url', url, mediaType: null } : { kind: 'inline', ...inline };
}

export function readAudio(part: JsonObject, place: Place): AudioPart {
  const { at } = place;
  const audio = objectAt(part, 'input_audio', at);
  if (!isJsonObject(audio))
    throw invalidRequest(memberAt(at, 'input_audio'), 'an object is required', 'send {data, format}');
  const audioAt = memberAt(at, 'input_audio');
  const format = requiredString(audio, 'format', audioAt).toLowerCase();
  return {
    type: 'audio',
    base64: withoutLineBreaks(requiredString(audio, 'data', audioAt)),
    mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`,
    at,
  };
}
