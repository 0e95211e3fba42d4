import type { Losses } from '#features/gateway/conversation/losses';
import type { DocumentPart, ImagePart, MediaSource } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { notConvertible } from './not-convertible.ts';

/** The pictures that the API takes, and how each begins in base64. It refuses one that is not what it is said to be. */
const IMAGE_BEGINNINGS = [
  ['image/png', 'iVBORw0KGgo'],
  ['image/jpeg', '/9j/'],
  ['image/gif', 'R0lGOD'],
  ['image/webp', 'UklGR'],
] as const;

export function writeImage({ source, detail, at }: ImagePart, losses: Losses): JsonObject {
  if (detail !== null && detail.value !== 'auto') losses.drop(detail.at);
  return { type: 'image', source: imageSource(source, at) };
}

function imageSource(source: MediaSource, at: string): JsonObject {
  if (source.kind !== 'inline') return sourceElsewhere(source, at);
  const mediaType = imageType(source.mediaType, source.base64);
  if (mediaType === undefined) {
    throw notConvertible(at, `the Messages API takes no ${source.mediaType}`, 'send a JPEG, PNG, GIF or WebP');
  }
  return { type: 'base64', media_type: mediaType, data: source.base64 };
}

/** What the picture is, else what it is said to be; undefined where the API takes neither. */
function imageType(told: string, base64: string): string | undefined {
  const [seen] = IMAGE_BEGINNINGS.find(([, beginning]) => base64.startsWith(beginning)) ?? [];
  const said = told === 'image/jpg' ? 'image/jpeg' : told;
  return seen ?? IMAGE_BEGINNINGS.find(([type]) => type === said)?.[0];
}

export function writeDocument(part: DocumentPart, losses: Losses): JsonObject {
  const { source, title, context, wantsCitations, at } = part;
  if (source.kind === 'inline' && source.mediaType.startsWith('image/')) {
    if (title !== null) losses.drop(`${at}.title`);
    return { type: 'image', source: imageSource(source, at) };
  }
  return {
    type: 'document',
    source: documentSource(source, at),
    ...(title === null || title === '' ? {} : { title }),
    ...(context === null ? {} : { context: context.value }),
    ...(wantsCitations === null ? {} : { citations: { enabled: true } }),
  };
}

function documentSource(source: DocumentPart['source'], at: string): JsonObject {
  if (source.kind === 'text') return { type: 'text', media_type: 'text/plain', data: source.text };
  if (source.kind !== 'inline') return sourceElsewhere(source, at);
  const { mediaType, base64 } = source;
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data: base64 };
  if (!isText(mediaType)) {
    throw notConvertible(at, `the Messages API takes no ${mediaType}`, 'send a PDF or plain text');
  }
  return { type: 'text', media_type: 'text/plain', data: Buffer.from(base64, 'base64').toString('utf8') };
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /^application\/(json|xml|x-yaml|yaml)$/.test(mediaType);
}

function sourceElsewhere(source: MediaSource & { kind: 'url' | 'file' }, at: string): JsonObject {
  if (source.kind === 'url') return { type: 'url', url: source.url };
  if (source.dialect === 'anthropic') return { type: 'file', file_id: source.id };
  throw notConvertible(at, 'the file lies with another provider', 'send the content itself');
}
