import type { Losses } from '#features/gateway/conversation/losses';
import type { AudioPart, DocumentPart, ImagePart, MediaSource } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { dataUrl } from './data-url.ts';
import { notConvertible } from './request-place.ts';

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

export function writeImage({ source, detail, at }: ImagePart): JsonObject {
  return { type: 'input_image', ...imageSource(source, at), detail: detail?.value ?? 'auto' };
}

function imageSource(source: MediaSource, at: string): JsonObject {
  if (source.kind === 'url') return { image_url: source.url };
  if (source.kind === 'file') return { file_id: ownFile(source, at) };
  const mediaType = source.mediaType === 'image/jpg' ? 'image/jpeg' : source.mediaType;
  if (IMAGE_TYPES.has(mediaType)) return { image_url: dataUrl({ mediaType, base64: source.base64 }) };
  throw notConvertible(at, `the Responses API takes no ${mediaType}`, 'send a JPEG, PNG, GIF or WebP');
}

/** Plain text is said in words; every other file goes as the file that it is. */
export function writeDocument(part: DocumentPart, losses: Losses): JsonObject {
  const { source, title, context, wantsCitations, at } = part;
  if (wantsCitations !== null) losses.drop(wantsCitations.at);
  const text = textOf(source);
  if (text !== undefined) {
    losses.change(at);
    const words = [title, context?.value, text].filter((word) => word !== undefined && word !== null && word !== '');
    return { type: 'input_text', text: words.join('\n\n') };
  }
  if (context !== null) losses.drop(context.at);
  if (source.kind === 'inline' && !source.mediaType.startsWith('image/')) {
    return { type: 'input_file', filename: title ?? 'document.pdf', file_data: dataUrl(source) };
  }
  if (title !== null) losses.drop(`${at}.title`);
  switch (source.kind) {
    case 'inline':
      return { type: 'input_image', ...imageSource(source, at), detail: 'auto' };
    case 'url':
      return { type: 'input_file', file_url: source.url };
    case 'file':
      return { type: 'input_file', file_id: ownFile(source, at) };
    case 'text':
      return { type: 'input_text', text: source.text };
  }
}

function textOf(source: DocumentPart['source']): string | undefined {
  if (source.kind === 'text') return source.text;
  if (source.kind !== 'inline' || !/^(text\/|application\/(json|xml|x-yaml|yaml)$)/.test(source.mediaType)) {
    return undefined;
  }
  return Buffer.from(source.base64, 'base64').toString('utf8');
}

function ownFile(source: MediaSource & { readonly kind: 'file' }, at: string): string {
  if (source.dialect === 'openai-responses' || source.dialect === 'openai-chat') return source.id;
  throw notConvertible(at, 'the file lies with another provider', 'send the content itself');
}

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
};

export function writeAudio({ base64, mediaType, at }: AudioPart): JsonObject {
  const format = Object.hasOwn(AUDIO_FORMATS, mediaType) ? AUDIO_FORMATS[mediaType] : undefined;
  if (format !== undefined) return { type: 'input_audio', input_audio: { data: base64, format } };
  throw notConvertible(at, `the Responses API takes no ${mediaType}`, 'send MP3 or WAV, or a transcript');
}
