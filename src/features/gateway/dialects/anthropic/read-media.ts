import type { DocumentPart, ImagePart, MediaSource } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { readCacheMarker } from './cache-markers.ts';
import { invalidRequest, noteBeyond, objectAt, type Place, requiredString, stated } from './request-place.ts';

const IMAGE_MEMBERS = new Set(['type', 'source', 'cache_control']);
const DOCUMENT_MEMBERS = new Set(['type', 'source', 'title', 'context', 'citations', 'cache_control']);
const SEARCH_RESULT_MEMBERS = new Set(['type', 'content', 'source', 'title', 'citations', 'cache_control']);

export function readImage(block: JsonObject, place: Place): ImagePart {
  noteBeyond(block, IMAGE_MEMBERS, place);
  const { at } = place;
  return {
    type: 'image',
    source: readMedia(requiredSource(block, at), `${at}.source`),
    detail: null,
    cache: readCacheMarker(block, place),
    at,
  };
}

/** A document; one that is made of blocks becomes one text and the pictures in it. */
export function readDocument(block: JsonObject, place: Place): readonly (DocumentPart | ImagePart)[] {
  noteBeyond(block, DOCUMENT_MEMBERS, place);
  const { at } = place;
  const source = requiredSource(block, at);
  const document = (content: DocumentPart['source']): DocumentPart => ({
    type: 'document',
    source: content,
    title: stringMember(block, 'title') ?? null,
    context: stated(stringMember(block, 'context'), `${at}.context`),
    wantsCitations: readWantsCitations(block, at),
    cache: readCacheMarker(block, place),
    at,
  });
  if (source.type === 'text') return [document({ kind: 'text', text: requiredString(source, 'data', `${at}.source`) })];
  if (source.type !== 'content') return [document(readMedia(source, `${at}.source`))];
  const { text, images } = readSourceContent(source, place);
  return [document({ kind: 'text', text }), ...images];
}

/** Results that the client found itself: a text with its title, told where it comes from. */
export function readSearchResult(block: JsonObject, place: Place): DocumentPart {
  noteBeyond(block, SEARCH_RESULT_MEMBERS, place);
  const { at, beyond } = place;
  const content = Array.isArray(block.content) ? block.content : [];
  return {
    type: 'document',
    source: { kind: 'text', text: joinedTexts(content) },
    title: stringMember(block, 'title') ?? null,
    context: stated(stringMember(block, 'source'), `${at}.source`),
    wantsCitations: readWantsCitations(block, at),
    cache: readCacheMarker(block, { at, beyond }),
    at,
  };
}

function readSourceContent(source: JsonObject, { at, beyond }: Place): { text: string; images: readonly ImagePart[] } {
  const { content } = source;
  if (typeof content === 'string') return { text: content, images: [] };
  const contentAt = `${at}.source.content`;
  if (!Array.isArray(content)) throw invalidRequest(contentAt, 'a string or an array is required', 'send text blocks');
  // Citations point at the blocks of such a document, which one text does not have.
  if (content.length > 1) beyond.push(contentAt);
  const images = content.flatMap((block: JsonValue, index) =>
    isJsonObject(block) && block.type === 'image' ? [readImage(block, { at: `${contentAt}[${index}]`, beyond })] : [],
  );
  return { text: joinedTexts(content), images };
}

function joinedTexts(blocks: readonly JsonValue[]): string {
  return blocks.flatMap((block) => stringMember(block, 'text') ?? []).join('\n\n');
}

function readWantsCitations(block: JsonObject, at: string): DocumentPart['wantsCitations'] {
  return isJsonObject(block.citations) && block.citations.enabled === true
    ? { value: true, at: `${at}.citations` }
    : null;
}

function requiredSource(block: JsonObject, at: string): JsonObject {
  const source = objectAt(block, 'source', at);
  if (source === undefined) throw invalidRequest(`${at}.source`, 'an object is required', 'send {type, ...}');
  return source;
}

function readMedia(source: JsonObject, at: string): MediaSource {
  switch (source.type) {
    case 'base64':
      return {
        kind: 'inline',
        mediaType: requiredString(source, 'media_type', at).toLowerCase(),
        base64: withoutLineBreaks(requiredString(source, 'data', at)),
      };
    case 'url':
      return { kind: 'url', url: requiredString(source, 'url', at), mediaType: null };
    case 'file':
      return { kind: 'file', dialect: 'anthropic', id: requiredString(source, 'file_id', at) };
    default:
      throw invalidRequest(`${at}.type`, 'base64, url, text, content or file is required', 'send a known source');
  }
}

function withoutLineBreaks(base64: string): string {
  return /\s/.test(base64) ? base64.replace(/\s+/g, '') : base64;
}
