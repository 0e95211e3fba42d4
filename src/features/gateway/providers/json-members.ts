import type { JsonObject } from '#foundation/json';
import { findValueSpan } from '../json-edit.ts';

/** The object in `bytes` without its member `name`; the same bytes when it has none. Every other byte stays. */
export function withoutMember(bytes: Buffer, name: string): Buffer {
  const value = findValueSpan(bytes, [name]);
  if (value === undefined) return bytes;
  const keyEnd = lastInk(bytes, bytes.lastIndexOf(COLON, value.start - 1) - 1);
  // No quote can stand within a key that means a plain word, however it is escaped.
  let start = bytes.lastIndexOf(QUOTE, keyEnd - 1);
  let end = value.end;
  while (SPACE.has(bytes[end] ?? 0)) end++;
  if (bytes[end] === COMMA) return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end + 1)]);
  const before = lastInk(bytes, start - 1);
  if (bytes[before] === COMMA) start = before;
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(value.end)]);
}

/** The object in `bytes` with `members`, which it does not have yet, in front of its own. */
export function withMembers(bytes: Buffer, members: JsonObject): Buffer {
  const text = JSON.stringify(members).slice(1, -1);
  const inside = bytes.indexOf('{') + 1;
  let next = inside;
  while (SPACE.has(bytes[next] ?? 0)) next++;
  const separator = text === '' || bytes[next] === CLOSE_BRACE ? '' : ',';
  return Buffer.concat([bytes.subarray(0, inside), Buffer.from(text + separator), bytes.subarray(inside)]);
}

function lastInk(bytes: Buffer, from: number): number {
  let index = from;
  while (SPACE.has(bytes[index] ?? 0)) index--;
  return index;
}

const SPACE: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09]);
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;
