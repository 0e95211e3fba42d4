import type { AudioPart, ImagePart, MediaSource, Part } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { dataUrl, readDataUrl } from './data-url.ts';

/** Pictures, which OpenRouter puts in `images`, and speech with its words, which OpenAI puts in `audio`. */
export function readAnswerMedia(message: JsonObject): readonly Part[] {
  const { audio } = message;
  const transcript = stringMember(audio, 'transcript') ?? '';
  const data = stringMember(audio, 'data') ?? '';
  return [
    ...(transcript === '' ? [] : [{ type: 'text', text: transcript, citations: [], cache: null, at: '' } as const]),
    ...(data === '' ? [] : [audioPart(data)]),
    ...readImages(message.images),
  ];
}

/** The answer does not say in which format it speaks; what the client asked for is mostly this one. */
export function audioPart(base64: string): AudioPart {
  return { type: 'audio', base64, mediaType: 'audio/wav', at: '' };
}

export function readImages(images: JsonValue | undefined): readonly ImagePart[] {
  if (!Array.isArray(images)) return [];
  return images.flatMap((image: JsonValue): readonly ImagePart[] => {
    const url = isJsonObject(image) ? (stringMember(image.image_url, 'url') ?? '') : '';
    if (url === '') return [];
    const inline = readDataUrl(url);
    const source: MediaSource =
      inline === undefined ? { kind: 'url', url, mediaType: null } : { kind: 'inline', ...inline };
    return [{ type: 'image', source, detail: null, cache: null, at: '' }];
  });
}

/** Undefined for a picture that lies with its provider. */
export function writeAnswerImage({ source }: ImagePart, index: number): JsonObject | undefined {
  if (source.kind === 'file') return undefined;
  const url = source.kind === 'inline' ? dataUrl(source) : source.url;
  return { type: 'image_url', image_url: { url }, index };
}

/** Speech of an answer; nothing of it is kept, so it has expired when it arrives. */
export function writeAnswerAudio({ base64 }: AudioPart, id: string): JsonObject {
  return { id: `audio_${id}`, data: base64, expires_at: 0, transcript: '' };
}
