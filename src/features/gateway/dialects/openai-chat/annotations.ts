import type { Citation } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';

const ANNOTATIONS_MAX = 1_000;

/** Citations of a text that begins at `textStart` of the whole content, in which annotations count. */
export function readAnnotations(value: JsonValue | undefined, textStart: number): readonly Citation[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, ANNOTATIONS_MAX)
    .flatMap((entry: JsonValue) => (isJsonObject(entry) ? [readAnnotation(entry, textStart)] : []));
}

/** `{type: "url_citation", url_citation: {start_index, end_index, title, url}}`, or a kind that names a file. */
function readAnnotation(annotation: JsonObject, textStart: number): Citation {
  const told = isJsonObject(annotation.url_citation) ? annotation.url_citation : annotation;
  const url = stringMember(told, 'url') ?? null;
  const start = (numberMember(told, 'start_index') ?? -1) - textStart;
  const end = (numberMember(told, 'end_index') ?? -1) - textStart;
  return {
    kind: annotation.type === 'url_citation' || url !== null ? 'web' : 'document',
    url,
    title: stringMember(told, 'title') ?? stringMember(told, 'filename') ?? null,
    quote: stringMember(told, 'content') ?? null,
    span: start >= 0 && end > start ? { start, end } : null,
    native: { dialect: 'openai-chat', value: annotation },
  };
}

/**
 * The citations of a text as clients of this dialect read them: addresses only. They refuse kinds that they do not
 * know, so a document without an address is not told. A citation without a span stands for the whole text.
 */
export function writeAnnotations(
  citations: readonly Citation[],
  textStart: number,
  textLength: number,
): readonly JsonObject[] {
  return citations.flatMap(({ url, title, quote, span }) => {
    if (url === null) return [];
    const { start, end } = span ?? { start: 0, end: textLength };
    const told = { start_index: textStart + start, end_index: textStart + end, title: title ?? url, url };
    return [{ type: 'url_citation', url_citation: quote === null ? told : { ...told, content: quote } }];
  });
}
