import type { Citation } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';

export function readCitations(value: JsonValue | undefined): readonly Citation[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: JsonValue) => (isJsonObject(entry) ? [readCitation(entry)] : []));
}

/** Citations of the Messages API stand for the whole block that has them. */
export function readCitation(citation: JsonObject): Citation {
  const url = stringMember(citation, 'url') ?? stringMember(citation, 'source') ?? null;
  return {
    kind: citation.type === 'web_search_result_location' ? 'web' : 'document',
    url,
    title: stringMember(citation, 'title') ?? stringMember(citation, 'document_title') ?? null,
    quote: stringMember(citation, 'cited_text') ?? null,
    span: null,
    native: isMadeHere(citation) ? null : { dialect: 'anthropic', value: citation },
  };
}

/**
 * A citation for a client: its own as it came, another provider's in the nearest form. That form has no index into
 * anything that the upstream would know, by which `isMadeHere` tells it on its way back.
 */
export function citationBlock({ kind, url, title, quote, native }: Citation): JsonObject {
  if (native?.dialect === 'anthropic' && isJsonObject(native.value)) return native.value;
  if (kind === 'web' || url !== null) {
    return { type: 'web_search_result_location', cited_text: quote ?? '', encrypted_index: '', title, url: url ?? '' };
  }
  return {
    type: 'char_location',
    cited_text: quote ?? '',
    document_index: 0,
    document_title: title,
    start_char_index: 0,
    end_char_index: 0,
    file_id: null,
  };
}

/** No upstream can take these; see `citationBlock`. */
export function isMadeHere(citation: JsonObject): boolean {
  if (citation.type === 'web_search_result_location') return citation.encrypted_index === '';
  return citation.type === 'char_location' && citation.start_char_index === 0 && citation.end_char_index === 0;
}

/** What may go to an upstream: only what one has given. */
export function nativeCitations(citations: readonly Citation[]): readonly JsonValue[] {
  return citations.flatMap(({ native }) => (native?.dialect === 'anthropic' ? [native.value] : []));
}
