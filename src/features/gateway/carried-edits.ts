import { isJsonObject, type JsonValue, parseJsonPrecisely } from '#foundation/json';
import { carriedPlaces } from './dialects/anthropic/carried-blocks.ts';
import { type ByteEdit, findValueSpan } from './json-edit.ts';
import type { ModelRequest } from './model-request.ts';

/** The upstream takes no turn without content. */
const NOTHING_LEFT = [{ type: 'text', text: '(the reasoning of another model)' }];

/**
 * What a conversation brings along from a converted route, taken out before it goes to an upstream of the client's own
 * dialect, which would refuse it: the content of such a turn is written anew without it, digit for digit.
 */
export function carriedEdits({ bytes, body, door }: ModelRequest): readonly ByteEdit[] {
  if (door.dialect.wire !== 'anthropic' || !MARKS.some((mark) => bytes.includes(mark))) return [];
  const edits = new Map<string, ByteEdit>();
  const places = carriedPlaces(body);
  for (const place of places) {
    const path = place.slice(0, 3);
    const key = path.join('.');
    const span = edits.has(key) ? undefined : findValueSpan(bytes, path);
    if (span === undefined) continue;
    const content = parseJsonPrecisely(bytes.toString('utf8', span.start, span.end));
    const inTurn = places.filter((other) => other.slice(0, 3).join('.') === key).map((other) => other.slice(3));
    edits.set(key, { span, replacement: Buffer.from(JSON.stringify(withoutPlaces(content, inTurn))) });
  }
  return [...edits.values()];
}

/** One of them stands in every body of which something must be taken out, and in few others. */
const MARKS = ['sp1.', '"citations"'];

/** `places` name an item of the content, or the citations of one. */
function withoutPlaces(content: JsonValue, places: readonly (readonly (string | number)[])[]): JsonValue {
  if (!Array.isArray(content)) return content;
  const left = content.flatMap((block: JsonValue, index) => {
    const own = places.filter(([at]) => at === index);
    if (own.some((place) => place.length === 1)) return [];
    if (own.length === 0 || !isJsonObject(block)) return [block];
    const { citations, ...rest } = block;
    return [rest];
  });
  return left.length === 0 ? NOTHING_LEFT : left;
}
