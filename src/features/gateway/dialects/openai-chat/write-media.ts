import type { AudioPart, DocumentPart, ImagePart, MediaSource } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { markerMembers } from './cache-markers.ts';
import { dataUrl } from './data-url.ts';
import { memberAt, notConvertible } from './request-place.ts';
import type { Writing } from './writing.ts';

/** Throws for what the upstream does not fetch: the gateway fetches nothing in its place. */
export function writeImage(part: ImagePart, { to, accent, losses }: Writing): JsonObject {
  const { source, detail, cache, at } = part;
  const marker = markerMembers(cache, accent.markers, losses);
  if (source.kind === 'file') return { type: 'file', file: uploaded(part), ...marker };
  if (source.kind === 'url' && !accent.imageUrls) {
    throw notConvertible(at, `${to.provider} takes no image by its address`, 'send the image inline as base64');
  }
  const url = source.kind === 'inline' ? dataUrl(source) : source.url;
  return { type: 'image_url', image_url: { url, ...(detail === null ? {} : { detail: detail.value }) }, ...marker };
}

function uploaded({ type, source, at }: ImagePart | DocumentPart): JsonObject {
  if (source.kind === 'file' && source.dialect.startsWith('openai-')) return { file_id: source.id };
  throw notConvertible(at, 'the file lies with another provider', `send the ${type} inline as base64`);
}

/** A PDF as a file; a text as text, with its title. */
export function writeDocument(part: DocumentPart, writing: Writing): JsonObject {
  const { source, context, wantsCitations, cache, at } = part;
  const { accent, losses } = writing;
  if (wantsCitations !== null) losses.drop(wantsCitations.at);
  const text = textOf(source);
  if (text !== undefined) {
    losses.change(at);
    const told = [part.title, context?.value, text].filter((piece) => piece != null && piece !== '').join('\n\n');
    return { type: 'text', text: told, ...markerMembers(cache, accent.markers, losses) };
  }
  if (context !== null) losses.drop(context.at);
  return { ...documentPart(part, writing), ...markerMembers(cache, accent.markers, losses) };
}

/** The text of a document that is one, however it was sent. */
function textOf(source: DocumentPart['source']): string | undefined {
  if (source.kind === 'text') return source.text;
  if (source.kind !== 'inline') return undefined;
  const isText = source.mediaType.startsWith('text/') || /^application\/(json|xml|x-yaml|yaml)$/.test(source.mediaType);
  return isText ? Buffer.from(source.base64, 'base64').toString('utf8') : undefined;
}

function documentPart(part: DocumentPart, { to, accent, losses }: Writing): JsonObject {
  const { source, title, at } = part;
  if (source.kind === 'file') return { type: 'file', file: uploaded(part) };
  const address = addressOf(source);
  if (accent.documents === null || address === undefined) {
    throw notConvertible(at, `${to.provider} takes no such document`, 'send its text');
  }
  if (source.kind === 'url' && !accent.documentUrls) {
    throw notConvertible(at, `${to.provider} takes no document by its address`, 'send the document inline as base64');
  }
  if (accent.documents === 'document_url') {
    if (title !== null) losses.drop(memberAt(at, 'title'));
    return { type: 'document_url', document_url: address };
  }
  return { type: 'file', file: { filename: title ?? 'document.pdf', file_data: address } };
}

function addressOf(source: MediaSource | { readonly kind: 'text' }): string | undefined {
  if (source.kind === 'inline') return dataUrl(source);
  return source.kind === 'url' ? source.url : undefined;
}

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
};

export function writeAudio({ base64, mediaType, at }: AudioPart, { to, accent }: Writing): JsonObject {
  const format = AUDIO_FORMATS[mediaType] ?? '';
  if (!accent.audio) throw notConvertible(at, `${to.provider} takes no audio`, 'send a transcript');
  if (format === '') throw notConvertible(at, `chat completions take no ${mediaType}`, 'send WAV or MP3');
  return { type: 'input_audio', input_audio: { data: base64, format } };
}
