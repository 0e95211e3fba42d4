import type { Citation } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';

const CITATIONS_MAX = 1_000;

/** A citation and the part of the content that it belongs to; null for the last text. */
export type PlacedCitation = { readonly partIndex: number | null; readonly citation: Citation };

/**
 * The citations of a candidate: `groundingMetadata` of searches, `citationMetadata` of what the model recites.
 * `textOf` is the text of a part; offsets count bytes of UTF-8 on the wire, and UTF-16 units in a `Citation`.
 */
export function readCitations(
  candidate: JsonObject,
  textOf: (partIndex: number) => string | undefined,
): readonly PlacedCitation[] {
  return [
    ...readGrounding(candidate.groundingMetadata, textOf),
    ...readRecitations(candidate.citationMetadata, textOf),
  ].slice(0, CITATIONS_MAX);
}

function readGrounding(
  metadata: JsonValue | undefined,
  textOf: (partIndex: number) => string | undefined,
): readonly PlacedCitation[] {
  const chunks = listOf(metadata, 'groundingChunks').slice(0, CITATIONS_MAX);
  const used = new Set<number>();
  const placed: PlacedCitation[] = [];
  for (const support of listOf(metadata, 'groundingSupports').slice(0, CITATIONS_MAX)) {
    const partIndex = numberMember(support.segment, 'partIndex') ?? 0;
    const span = spanOf(support.segment, textOf(partIndex));
    const indices = Array.isArray(support.groundingChunkIndices) ? support.groundingChunkIndices : [];
    for (const index of indices.slice(0, CITATIONS_MAX)) {
      const chunk = typeof index === 'number' ? chunks[index] : undefined;
      if (chunk === undefined || typeof index !== 'number' || placed.length >= CITATIONS_MAX) continue;
      used.add(index);
      placed.push({ partIndex, citation: citationOf(chunk, span) });
    }
  }
  const unused = chunks.filter((_chunk, index) => !used.has(index));
  return [...placed, ...unused.map((chunk) => ({ partIndex: null, citation: citationOf(chunk, null) }))];
}

function citationOf(chunk: JsonObject, span: Citation['span']): Citation {
  const document = chunk.retrievedContext;
  const source = isJsonObject(document) ? document : (chunk.web ?? chunk.maps ?? chunk.image);
  return {
    kind: isJsonObject(document) ? 'document' : 'web',
    url: stringMember(source, 'uri') ?? stringMember(source, 'sourceUri') ?? null,
    title: stringMember(source, 'title') ?? null,
    quote: stringMember(document, 'text') ?? null,
    span,
    native: { dialect: 'gemini', value: chunk },
  };
}

/** The Gemini API names the list `citationSources`, Vertex AI `citations`. */
function readRecitations(
  metadata: JsonValue | undefined,
  textOf: (partIndex: number) => string | undefined,
): readonly PlacedCitation[] {
  const sources = [...listOf(metadata, 'citationSources'), ...listOf(metadata, 'citations')];
  return sources.slice(0, CITATIONS_MAX).map((source) => ({
    partIndex: 0,
    citation: {
      kind: 'web',
      url: stringMember(source, 'uri') ?? null,
      title: stringMember(source, 'title') ?? null,
      quote: null,
      span: spanOf(source, textOf(0)),
      native: null,
    },
  }));
}

/** A start of zero is left out on the wire. */
function spanOf(segment: JsonValue | undefined, text: string | undefined): Citation['span'] {
  const endByte = numberMember(segment, 'endIndex');
  if (text === undefined || endByte === undefined || endByte <= 0) return null;
  const startByte = Math.max(0, numberMember(segment, 'startIndex') ?? 0);
  const start = utf16Offset(text, startByte);
  const end = utf16Offset(text, endByte);
  return start < end ? { start, end } : null;
}

function utf16Offset(text: string, byte: number): number {
  // Where the head is ASCII, as it mostly is, both offsets are one.
  const head = text.slice(0, byte);
  return Buffer.byteLength(head) === head.length ? head.length : Buffer.from(text).toString('utf8', 0, byte).length;
}

function listOf(value: JsonValue | undefined, key: string): readonly JsonObject[] {
  const list = isJsonObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** Whether a chunk of a stream tells of sources; many say that there was none. */
export function namesSources(candidate: JsonObject): boolean {
  return isFilled(candidate.groundingMetadata, 'groundingChunks') || isJsonObject(candidate.citationMetadata);
}

function isFilled(value: JsonValue | undefined, key: string): boolean {
  return listOf(value, key).length > 0;
}

/** How many searches Google ran: newer models are billed by the query, older ones by the prompt. */
export function webSearchesOf(candidate: JsonObject, isBilledByQuery: boolean): number {
  const metadata = candidate.groundingMetadata;
  const queries = isJsonObject(metadata) ? metadata.webSearchQueries : undefined;
  if (!Array.isArray(queries) || queries.length === 0) return 0;
  return isBilledByQuery ? queries.length : 1;
}

/** A text of an answer with what it cites, at its index among the parts that are written. */
export type CitedText = { readonly partIndex: number; readonly text: string; readonly citations: readonly Citation[] };

/** `groundingMetadata` of cited texts; undefined where nothing is cited. */
export function writeGrounding(texts: readonly CitedText[]): JsonObject | undefined {
  const groundingChunks: JsonObject[] = [];
  const groundingSupports: JsonObject[] = [];
  for (const { partIndex, text, citations } of texts) {
    for (const citation of citations) {
      const { span } = citation;
      if (span !== null) {
        const segment = segmentOf(text, partIndex, span);
        groundingSupports.push({ segment, groundingChunkIndices: [groundingChunks.length] });
      }
      groundingChunks.push(chunkOf(citation));
    }
  }
  return groundingChunks.length === 0 ? undefined : { groundingChunks, groundingSupports };
}

function segmentOf(
  text: string,
  partIndex: number,
  span: { readonly start: number; readonly end: number },
): JsonObject {
  const startIndex = Buffer.byteLength(text.slice(0, span.start));
  const cited = text.slice(span.start, span.end);
  return { partIndex, startIndex, endIndex: startIndex + Buffer.byteLength(cited), text: cited };
}

function chunkOf({ kind, url, title, quote, native }: Citation): JsonObject {
  if (native?.dialect === 'gemini' && isJsonObject(native.value)) return native.value;
  const place = { ...(url === null ? {} : { uri: url }), ...(title === null ? {} : { title }) };
  return kind === 'web'
    ? { web: place }
    : { retrievedContext: { ...place, ...(quote === null ? {} : { text: quote }) } };
}
