import type { Citation } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';

export function readAnnotations(value: JsonValue | undefined): readonly Citation[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: JsonValue) => (isJsonObject(entry) ? [readAnnotation(entry)] : []));
}

/** `url_citation`, or one of the kinds that name a file. */
export function readAnnotation(annotation: JsonObject): Citation {
  const url = stringMember(annotation, 'url') ?? null;
  const start = numberMember(annotation, 'start_index');
  const end = numberMember(annotation, 'end_index');
  return {
    kind: annotation.type === 'url_citation' ? 'web' : 'document',
    url,
    title: stringMember(annotation, 'title') ?? stringMember(annotation, 'filename') ?? null,
    quote: null,
    span: start === undefined || end === undefined ? null : { start, end },
    native: { dialect: 'openai-responses', value: annotation },
  };
}

/** A citation for a client: its own as it came, another provider's in the nearest form. */
export function annotationOf({ kind, url, title, span, native }: Citation, textLength: number): JsonObject {
  if (native?.dialect === 'openai-responses' && isJsonObject(native.value)) return native.value;
  const { start, end } = span ?? { start: 0, end: textLength };
  if (kind === 'web' || url !== null) {
    return { type: 'url_citation', start_index: start, end_index: end, title: title ?? url ?? '', url: url ?? '' };
  }
  return { type: 'file_citation', file_id: '', filename: title ?? '', index: end };
}

/** What may go to an upstream: only what one has given. */
export function nativeAnnotations(citations: readonly Citation[]): readonly JsonValue[] {
  return citations.flatMap(({ native }) => (native?.dialect === 'openai-responses' ? [native.value] : []));
}
