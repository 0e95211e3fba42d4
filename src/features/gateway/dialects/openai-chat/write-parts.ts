import type { Part, TextPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { markerMembers } from './cache-markers.ts';
import { memberAt } from './request-place.ts';
import { writeAudio, writeDocument, writeImage } from './write-media.ts';
import type { Writing } from './writing.ts';

/** A part of what the user or the system says. Throws `invalid_input` for media that the upstream cannot have. */
export function writeUserPart(part: Part, writing: Writing): readonly JsonObject[] {
  const { losses } = writing;
  switch (part.type) {
    case 'text':
      return writeText(part, writing);
    case 'image':
      return [writeImage(part, writing)];
    case 'document':
      return [writeDocument(part, writing)];
    case 'audio':
      return [writeAudio(part, writing)];
    case 'native':
      if (part.dialect === 'openai-chat' && isJsonObject(part.value)) return [part.value];
      losses.drop(part.at);
      return [];
    case 'refusal':
      losses.change(part.at);
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'tool_call':
    case 'tool_result':
    case 'reasoning':
      losses.drop(part.at);
      return [];
  }
}

/** An empty text says nothing, and some refuse it. */
export function writeText(part: TextPart, { accent, losses }: Writing): readonly JsonObject[] {
  if (part.citations.length > 0) losses.drop(memberAt(part.at, 'citations'));
  if (part.text !== '')
    return [{ type: 'text', text: part.text, ...markerMembers(part.cache, accent.markers, losses) }];
  if (part.cache !== null) losses.drop(part.cache.at);
  return [];
}

/**
 * One plain text as a string, which every upstream takes, anything else as parts: texts keep their bounds. Where parts
 * are not taken, texts are joined by an empty line.
 */
export function contentOf(parts: readonly JsonObject[], takesTextParts: boolean): JsonValue {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0 && isPlainText(only)) return only.text ?? '';
  if (takesTextParts || !parts.every(isPlainText)) return parts;
  return parts.map(({ text }) => text).join('\n\n');
}

function isPlainText(part: JsonObject): boolean {
  return part.type === 'text' && Object.keys(part).length === 2;
}
