import type { AudioPart, DocumentPart, ImagePart, MediaSource } from '#features/gateway/conversation/part';
import { type JsonObject, stringMember } from '#foundation/json';
import { MARKER_MEMBERS, readCacheMarker } from './cache-markers.ts';
import { readDataUrl, withoutLineBreaks } from './data-url.ts';
import { invalidRequest, memberAt, noteBeyond, objectAt, type Place, requiredName } from './request-place.ts';

const IMAGE_MEMBERS = new Set(['type', 'image_url', ...MARKER_MEMBERS]);
const IMAGE_URL_MEMBERS = new Set(['url', 'detail']);
const DETAILS = ['low', 'high', 'auto', 'original'] as const;

/** `image_url` is an object, and the bare address with some clients. */
export function readImage(part: JsonObject, place: Place): ImagePart {
  noteBeyond(part, IMAGE_MEMBERS, place);
  const at = memberAt(place.at, 'image_url');
  const image = typeof part.image_url === 'string' ? { url: part.image_url } : objectAt(part, 'image_url', place.at);
  const source = addressed(requiredName(image, 'url', at), `${at}.url`);
  const word = stringMember(image, 'detail');
  const detail = DETAILS.find((known) => known === word);
  const known = detail === undefined && word !== undefined ? new Set(['url']) : IMAGE_URL_MEMBERS;
  noteBeyond(image ?? {}, known, { ...place, at });
  return {
    type: 'image',
    source,
    detail: detail === undefined ? null : { value: detail, at: `${at}.detail` },
    cache: readCacheMarker(part, place),
    at: place.at,
  };
}

function addressed(url: string, at: string): MediaSource {
  const inline = readDataUrl(url);
  if (inline !== undefined) return { kind: 'inline', ...inline };
  if (/^https?:\/\//i.test(url.slice(0, 8))) return { kind: 'url', url, mediaType: null };
  throw invalidRequest(
    at,
    'is neither a data URL nor an http(s) address',
    'send data:image/png;base64,... or https://',
  );
}

const AUDIO_MEMBERS = new Set(['type', 'input_audio', ...MARKER_MEMBERS]);
const AUDIO_TYPES: Readonly<Record<string, string>> = { mp3: 'audio/mpeg' };

export function readAudio(part: JsonObject, place: Place): AudioPart {
  noteBeyond(part, AUDIO_MEMBERS, place);
  const marker = readCacheMarker(part, place);
  // No other dialect marks audio.
  if (marker !== null) place.beyond.push(marker.at);
  const at = memberAt(place.at, 'input_audio');
  const audio = objectAt(part, 'input_audio', place.at);
  const data = requiredName(audio, 'data', at);
  const inline = readDataUrl(data);
  const format = stringMember(audio, 'format')?.toLowerCase() ?? '';
  if (format === '' && inline === undefined) throw invalidRequest(`${at}.format`, 'a non-empty string is required');
  return {
    type: 'audio',
    base64: inline?.base64 ?? withoutLineBreaks(data),
    mediaType: format === '' ? (inline?.mediaType ?? '') : (AUDIO_TYPES[format] ?? `audio/${format}`),
    at: place.at,
  };
}

const FILE_PART_MEMBERS = new Set(['type', 'file', ...MARKER_MEMBERS]);
const FILE_MEMBERS = new Set(['file_data', 'file_id', 'filename']);

/** A file with its data, which may be a data URL or bare base64, or one that was uploaded. */
export function readFile(part: JsonObject, place: Place): DocumentPart | ImagePart {
  noteBeyond(part, FILE_PART_MEMBERS, place);
  const at = memberAt(place.at, 'file');
  const file = objectAt(part, 'file', place.at) ?? {};
  noteBeyond(file, FILE_MEMBERS, { ...place, at });
  const title = stringMember(file, 'filename') ?? null;
  const source = fileSource(file, title, at);
  const cache = readCacheMarker(part, place);
  if (source.kind === 'inline' && source.mediaType.startsWith('image/')) {
    return { type: 'image', source, detail: null, cache, at: place.at };
  }
  return { type: 'document', source, title, context: null, wantsCitations: null, cache, at: place.at };
}

function fileSource(file: JsonObject, filename: string | null, at: string): MediaSource {
  const id = stringMember(file, 'file_id') ?? '';
  if (id !== '') return { kind: 'file', dialect: 'openai-chat', id };
  const data = requiredName(file, 'file_data', at);
  const inline = readDataUrl(data);
  if (inline !== undefined) return { kind: 'inline', ...inline };
  if (/^https?:\/\//i.test(data.slice(0, 8))) return { kind: 'url', url: data, mediaType: null };
  return { kind: 'inline', mediaType: mediaTypeOf(filename), base64: withoutLineBreaks(data) };
}

const FILE_TYPES: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
};

/** PDF is what bare base64 of a file mostly is, and all that it could be for long. */
function mediaTypeOf(filename: string | null): string {
  const ending = /\.([a-z0-9]+)$/i.exec(filename ?? '')?.[1]?.toLowerCase() ?? '';
  return FILE_TYPES[ending] ?? 'application/pdf';
}
