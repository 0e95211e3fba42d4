import type { CacheMarker, Part, TextPart, ToolResultPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { readAnnotations } from './annotations.ts';
import { readAudio, readFile, readImage } from './read-media.ts';
import { invalidRequest, noteBeyond, objectAt, type Place, requiredName, requiredString } from './request-place.ts';

/** The content of a message, whoever speaks. A kind that only this API has becomes a native part. */
export function readContent(content: JsonValue | undefined, place: Place): readonly Part[] {
  const { at, beyond } = place;
  if (typeof content === 'string') return [plainText(content, at)];
  if (!Array.isArray(content)) throw invalidRequest(at, 'a string or an array is required', 'send text or parts');
  return content.map((part: JsonValue, index) => {
    const partAt = `${at}[${index}]`;
    if (!isJsonObject(part)) throw invalidRequest(partAt, 'an object is required', 'send {type, ...}');
    return readPart(part, { at: partAt, beyond });
  });
}

/** Of a message of the system, which speaks in words only. */
export function readSystemContent(content: JsonValue | undefined, place: Place): readonly TextPart[] {
  return readContent(content, place).flatMap((part) => {
    if (part.type === 'text') return [part];
    place.beyond.push(part.at);
    return [];
  });
}

/** What a tool gave back. An empty text is nothing. */
export function readResultContent(output: JsonValue | undefined, place: Place): ToolResultPart['content'] {
  if (output === undefined || output === null || output === '') return [];
  return readContent(output, place).flatMap((part): ToolResultPart['content'] => {
    if (part.type === 'text' || part.type === 'image' || part.type === 'document' || part.type === 'audio') {
      return [part];
    }
    place.beyond.push(part.at);
    return [];
  });
}

function readPart(part: JsonObject, place: Place): Part {
  const { at } = place;
  const type = requiredName(part, 'type', at);
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return readText(part, place);
    case 'refusal':
      return { type: 'refusal', text: requiredString(part, 'refusal', at), at };
    case 'input_image':
      return readImage(part, readBreakpoint(part, place), place);
    case 'input_file':
      return readFile(part, readBreakpoint(part, place), place);
    case 'input_audio':
      return readAudio(part, place);
    default:
      return { type: 'native', dialect: 'openai-responses', kind: type, value: part, at };
  }
}

/** How likely each token was is of no use to whoever reads the text again. */
const TEXT_MEMBERS = new Set(['type', 'text', 'annotations', 'logprobs', 'prompt_cache_breakpoint']);

function readText(part: JsonObject, place: Place): TextPart {
  noteBeyond(part, TEXT_MEMBERS, place);
  const { at } = place;
  return {
    type: 'text',
    text: requiredString(part, 'text', at),
    citations: readAnnotations(part.annotations),
    cache: readBreakpoint(part, place),
    at,
  };
}

function plainText(text: string, at: string): TextPart {
  return { type: 'text', text, citations: [], cache: null, at };
}

/** Lifetimes here are 30 minutes and 12 hours; a marker that names none has the default of each. */
function readBreakpoint(part: JsonObject, { at, beyond }: Place): CacheMarker | null {
  const breakpoint = objectAt(part, 'prompt_cache_breakpoint', at);
  if (breakpoint === undefined) return null;
  const markerAt = `${at}.prompt_cache_breakpoint`;
  noteBeyond(breakpoint, new Set(['mode', 'ttl']), { at: markerAt, beyond });
  const { ttl } = breakpoint;
  if (ttl === undefined || ttl === null) return { value: { ttl: '5m' }, at: markerAt };
  if (ttl !== '30m') beyond.push(`${markerAt}.ttl`);
  return { value: { ttl: '1h' }, at: markerAt };
}
