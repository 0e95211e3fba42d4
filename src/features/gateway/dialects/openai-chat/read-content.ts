import type { Part, TextPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { MARKER_MEMBERS, readCacheMarker } from './cache-markers.ts';
import { readAudio, readFile, readImage } from './read-media.ts';
import { invalidRequest, noteBeyond, type Place, requiredName, requiredText } from './request-place.ts';

/** A text, or parts of several kinds; nothing where it is null or empty. */
export function readContent(content: JsonValue | undefined, place: Place): readonly Part[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [textPart(content, place.at)];
  if (!Array.isArray(content)) throw invalidRequest(place.at, 'a string or an array is required');
  return content.flatMap((part: JsonValue, index): readonly Part[] => {
    const at = `${place.at}[${index}]`;
    if (isJsonObject(part)) return [readPart(part, { at, beyond: place.beyond })];
    throw invalidRequest(at, 'an object is required', 'send {type, ...}');
  });
}

/** Only the texts; everything else is told. For those who can say nothing but text. */
export function readTexts(content: JsonValue | undefined, place: Place): readonly TextPart[] {
  return readContent(content, place).flatMap((part): readonly TextPart[] => {
    if (part.type === 'text') return [part];
    place.beyond.push(part.at);
    return [];
  });
}

function textPart(text: string, at: string): TextPart {
  return { type: 'text', text, citations: [], cache: null, at };
}

const TEXT_MEMBERS = new Set(['type', 'text', 'annotations', ...MARKER_MEMBERS]);
const REFUSAL_MEMBERS = new Set(['type', 'refusal']);

/** A kind that only some speakers of this dialect have, such as a video, becomes a native part. */
function readPart(part: JsonObject, place: Place): Part {
  const type = requiredName(part, 'type', place.at);
  switch (type) {
    case 'text':
      noteBeyond(part, TEXT_MEMBERS, place);
      return { ...textPart(requiredText(part, 'text', place.at), place.at), cache: readCacheMarker(part, place) };
    case 'refusal':
      noteBeyond(part, REFUSAL_MEMBERS, place);
      return { type: 'refusal', text: requiredText(part, 'refusal', place.at), at: place.at };
    case 'image_url':
      return readImage(part, place);
    case 'input_audio':
      return readAudio(part, place);
    case 'file':
      return readFile(part, place);
    default:
      return { type: 'native', dialect: 'openai-chat', kind: type, value: part, at: place.at };
  }
}
