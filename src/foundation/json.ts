/**
 * The only door to `JSON.parse`.
 *
 * What strangers send is scanned once before it is parsed: bounded in depth, refused with duplicate keys (two parsers
 * that disagree about which one counts would let a check judge one value and an upstream run the other), refused
 * outside I-JSON where parsers differ (RFC 7493). A text that has as many keys as its value has members repeats none,
 * so keys are only compared in a text that is about to be refused.
 */
import { isUtf8 } from 'node:buffer';
import { OperatingError } from './errors.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

declare global {
  /** TC39 JSON.parse source text access, which the compiler's library does not declare yet. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: JsonValue, context: { readonly source?: string }) => JsonValue,
    ): JsonValue;
    rawJSON(text: string): { readonly rawJSON: string };
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}

export type JsonBounds = { readonly depthMax: number };

export const DEFAULT_JSON_BOUNDS: JsonBounds = { depthMax: 128 };

/** Parses text that we wrote ourselves (journal, database, own files). */
export function parseTrustedJson(text: string): JsonValue {
  return JSON.parse(text);
}

/** Parses a stranger's bytes; throws `invalid_input` naming the byte or the key. */
export function parseJsonBytes(bytes: Uint8Array, bounds: JsonBounds = DEFAULT_JSON_BOUNDS): JsonValue {
  if (!isUtf8(bytes)) throw malformed('json_not_utf8', 'the body is not valid UTF-8', 'send JSON encoded as UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return parseJsonText(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text, bounds);
}

/** Parses a stranger's text; throws `invalid_input` naming the place. */
export function parseJsonText(text: string, bounds: JsonBounds = DEFAULT_JSON_BOUNDS): JsonValue {
  const keys = countKeys(text, bounds);
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed('json_malformed', `the body is not valid JSON${placeOf(error)}`);
  }
  if (countMembers(value) !== keys) throw repeatedKey(text);
  return value;
}

/** The same for text that may be something else: undefined for what is not JSON, and for what parsers disagree about. */
export function jsonOrUndefined(text: string): JsonValue | undefined {
  try {
    return parseJsonText(text);
  } catch {
    return undefined;
  }
}

/** Without the members that are undefined. */
export function definedMembers(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * As `parseJsonText`, but no number loses a digit: one that JavaScript would print otherwise (`12345678901234567890`,
 * `1.0`) becomes a raw value that `JSON.stringify` prints as it came and that `numberMember` reads as the number it
 * is. To `isJsonObject` it is none. For what is passed on to somebody who may count more exactly than we do.
 */
export function parseJsonPrecisely(text: string, bounds: JsonBounds = DEFAULT_JSON_BOUNDS): JsonValue {
  const value = parseJsonText(text, bounds);
  return NUMBER_AT_RISK.test(text) ? JSON.parse(text, preciseNumber) : value;
}

function preciseNumber(_key: string, value: JsonValue, context: { readonly source?: string }): JsonValue {
  const { source } = context;
  return typeof value !== 'number' || source === undefined || source === String(value) ? value : JSON.rawJSON(source);
}

/**
 * Finds every number whose text could change, and a few others, at a fraction of the cost of asking for each: sixteen
 * digits, a last zero after the point, leading zeros after it, an exponent, a negative zero.
 */
const NUMBER_AT_RISK = /(?:^|[[:,])\s*-?(?:[\d.]{16}|\d+\.\d*0(?!\d)|0\.0{6}|\d[\d.]*[eE]|(?<=-)0(?![.\d]))/;

/** The engine's message quotes the text that it refuses, so only the position is taken from it. */
function placeOf(error: unknown): string {
  const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? '' : ` at character ${position}`;
}

function malformed(code: string, message: string, remedy = 'send one well-formed JSON value'): OperatingError {
  return new OperatingError('invalid_input', code, message, { remedy });
}

/**
 * One pass over the text: how many keys it has in all of its objects, and that it is not nested too deeply. Syntax is
 * left to `JSON.parse`, which follows.
 */
function countKeys(text: string, bounds: JsonBounds): number {
  let keys = 0;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
    } else if (code === COLON) {
      keys++;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > bounds.depthMax) {
        throw malformed(
          'json_too_deep',
          `the body is nested deeper than ${bounds.depthMax} levels`,
          'send a flatter body',
        );
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
    }
  }
  return keys;
}

function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  const items: readonly (JsonValue | undefined)[] = Array.isArray(value) ? value : Object.values(value);
  let members = Array.isArray(value) ? 0 : items.length;
  for (const item of items) {
    if (typeof item === 'object' && item !== null) members += countMembers(item);
  }
  return members;
}

/** The error that names the first key of a valid text that stands twice in one object. */
function repeatedKey(text: string): OperatingError {
  // One entry for each open bracket: a set of keys for an object, undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      const keys = open[open.length - 1];
      if (keys !== undefined && isKey(text, end)) {
        const key = keyOf(text.slice(index, end + 1));
        if (keys.has(key)) return duplicateKey(key);
        keys.add(key);
      }
      index = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      open.push(code === OPEN_BRACE ? new Set() : undefined);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
    }
  }
  return malformed('json_malformed', 'the body is not valid JSON');
}

const BYTE_ORDER_MARK = 0xfeff;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;

/** The index of the closing quote of the string that opens at `start`, or the last index of a torn text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length - 1;
}

function isKey(text: string, end: number): boolean {
  let index = end + 1;
  while (text.charCodeAt(index) <= 0x20) index++;
  return text.charCodeAt(index) === COLON;
}

/** An escaped key is compared by what it means: "a" and "\u0061" are one key. */
function keyOf(quoted: string): string {
  return quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
}

function duplicateKey(key: string): OperatingError {
  return malformed(
    'json_duplicate_key',
    `the key ${JSON.stringify(key)} stands twice in one object`,
    'send each key once',
  );
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** What stands at `path` below `value`; undefined when nothing does. */
export function valueAtPath(value: JsonValue, path: readonly (string | number)[]): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const step of path) {
    if (Array.isArray(current) && typeof step === 'number') current = current[step];
    else if (isJsonObject(current) && typeof step === 'string') current = current[step];
    else return undefined;
  }
  return current;
}

/** The member `key` when `value` is an object that has it as a string. */
export function stringMember(value: unknown, key: string): string | undefined {
  const member = isJsonObject(value) ? value[key] : undefined;
  return typeof member === 'string' ? member : undefined;
}

/** The member `key` when `value` is an object that has it as a finite number. */
export function numberMember(value: unknown, key: string): number | undefined {
  const member = isJsonObject(value) ? value[key] : undefined;
  const number = JSON.isRawJSON(member) ? Number(member.rawJSON) : member;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The value with `change` applied to every string and key; the very same value when nothing changed. */
export function mapStrings(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => mapStrings(item, change));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isJsonObject(value)) return value;
  let changed = false;
  const members = Object.entries(value).map(([key, member]) => {
    const next = [change(key), member === undefined ? undefined : mapStrings(member, change)] as const;
    changed ||= next[0] !== key || next[1] !== member;
    return next;
  });
  return changed ? Object.fromEntries(members) : value;
}

/** JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 units, no white space, members undefined left out. */
export function canonicalJson(value: JsonValue): string {
  // A sorted value lets the engine's own serialiser do the work, in half the time of doing it member by member.
  const order = { isPossible: true };
  const sorted = inOrder(value, order);
  return order.isPossible ? JSON.stringify(sorted) : canonicalText(value);
}

/**
 * The value with every object's members in order; what stands in order already is not copied. Clears `isPossible` at a
 * key that an object cannot hold in its sorted place.
 */
function inOrder(value: JsonValue, order: { isPossible: boolean }): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return itemsInOrder(value, order);
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value);
  let sorted: Record<string, JsonValue | undefined> | undefined;
  if (!areSorted(keys)) {
    keys.sort();
    sorted = {};
  }
  for (const key of keys) {
    // Integer keys come first in every object whatever their order of insertion, and `__proto__` is no plain member.
    const first = key.charCodeAt(0);
    if ((first >= 0x30 && first <= 0x39) || key === '__proto__') order.isPossible = false;
    const member = value[key];
    const ordered = typeof member === 'object' ? inOrder(member, order) : member;
    // A copy has its keys in the order of the original, which is the right one.
    if (ordered !== member) sorted ??= { ...value };
    if (sorted !== undefined) sorted[key] = ordered;
  }
  return sorted ?? value;
}

function itemsInOrder(items: readonly JsonValue[], order: { isPossible: boolean }): readonly JsonValue[] {
  let sorted: JsonValue[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] ?? null;
    const ordered = inOrder(item, order);
    if (ordered === item) continue;
    sorted ??= [...items];
    sorted[index] = ordered;
  }
  return sorted ?? items;
}

function areSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++) {
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return false;
  }
  return true;
}

function canonicalText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalText(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** A JSON path for people: `messages[3].content`, `["odd key"].x`. */
export function formatJsonPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
