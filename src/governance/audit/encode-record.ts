/**
 * From a record to the canonical text that is framed, hashed, drained and exported: the record's own members, its
 * place (`log_id`, `seq`) and `prev`, the leaf hash of the record before it. The chain is what lets a verifier name
 * the first record that was changed, where the tree alone would only say that one was.
 */
import { sha256 } from '#foundation/crypto';
import { canonicalJson, isJsonObject, type JsonValue } from '#foundation/json';
import type { AuditRecord } from './record.ts';

export type RecordPlace = {
  readonly logId: string;
  readonly seq: number;
  /** Base64; empty for the first record of a log. */
  readonly prev: string;
};

export function encodeRecord(record: AuditRecord, place: RecordPlace): string {
  const placed = { ...record, log_id: place.logId, seq: place.seq, prev: place.prev };
  const text = canonicalJson(placed);
  return mayHoldUnstorable(text) ? canonicalJson(storable(placed)) : text;
}

// PostgreSQL stores neither U+0000 nor half a surrogate pair, and RFC 8785 forbids the latter. Both are rare, so the
// finished text is searched for their escapes and only then is the record walked.
function mayHoldUnstorable(text: string): boolean {
  return text.includes('\\u0000') || text.includes('\\ud');
}

function storable(value: JsonValue): JsonValue {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [storableText(key), storable(member)]));
}

function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/**
 * The same outcome without the contents that make it too long to store: their size and hash stay. An outcome must be
 * recorded whatever it carried, so it is never refused for its length.
 */
export function withoutContents(record: AuditRecord): AuditRecord {
  if (record.kind !== 'outcome' || record.effect === null) return record;
  const { effect } = record;
  if (effect.type === 'tool_call') {
    return { ...record, effect: { ...effect, input: omitted(effect.input), output: omitted(effect.output) } };
  }
  return {
    ...record,
    effect: {
      ...effect,
      messages: effect.messages.map(({ role, content }) => ({ role, content: omitted(content) })),
      tool_calls: effect.tool_calls.map((call) => ({ ...call, input: omitted(call.input) })),
      payload: null,
    },
  };
}

function omitted(value: JsonValue): JsonValue {
  const text = canonicalJson(value);
  return { omitted: true, bytes: Buffer.byteLength(text), sha256: sha256(text).toString('hex') };
}
