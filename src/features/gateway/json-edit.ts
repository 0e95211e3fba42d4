/**
 * Edits of JSON in its own bytes: the value at a path is replaced, every other byte stays as the sender wrote it,
 * because prompt caches, signatures and big numbers do not survive a rebuilt body.
 *
 * All functions expect bytes that `parseJsonBytes` has accepted.
 */
import { parseTrustedJson } from '#foundation/json';

/** Byte offsets of a value: `bytes.subarray(start, end)` is the value and nothing around it. */
export type ByteSpan = { readonly start: number; readonly end: number };

export type ByteEdit = { readonly span: ByteSpan; readonly replacement: Buffer };

/** Where the value at `path` stands; undefined when there is none. */
export function findValueSpan(bytes: Buffer, path: readonly (string | number)[]): ByteSpan | undefined {
  let at = skipSpace(bytes, startsWithByteOrderMark(bytes) ? 3 : 0);
  for (const step of path) {
    const next = typeof step === 'string' ? memberValue(bytes, at, step) : elementValue(bytes, at, step);
    if (next === undefined) return undefined;
    at = next;
  }
  return { start: at, end: endOfValue(bytes, at) };
}

/** The bytes with every edit applied; the spans may not overlap. */
export function applyEdits(bytes: Buffer, edits: readonly ByteEdit[]): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { span, replacement } of edits.toSorted((left, right) => left.span.start - right.span.start)) {
    pieces.push(bytes.subarray(at, span.start), replacement);
    at = span.end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}

/** The start of the value of `key` in the object that starts at `at`. */
function memberValue(bytes: Buffer, at: number, key: string): number | undefined {
  if (bytes[at] !== OPEN_BRACE) return undefined;
  let index = skipSpace(bytes, at + 1);
  while (bytes[index] === QUOTE) {
    const endOfKey = endOfString(bytes, index);
    const value = skipSpace(bytes, skipSpace(bytes, endOfKey) + 1);
    if (keyMeans(bytes.subarray(index, endOfKey), key)) return value;
    index = nextItem(bytes, value);
  }
  return undefined;
}

/** The start of the element `position` of the array that starts at `at`. */
function elementValue(bytes: Buffer, at: number, position: number): number | undefined {
  if (bytes[at] !== OPEN_BRACKET) return undefined;
  let index = skipSpace(bytes, at + 1);
  for (let passed = 0; index < bytes.length && bytes[index] !== CLOSE_BRACKET; passed++) {
    if (passed === position) return index;
    index = nextItem(bytes, index);
  }
  return undefined;
}

/** The start of what follows the value at `at`: the next item, or the closing bracket. */
function nextItem(bytes: Buffer, at: number): number {
  const index = skipSpace(bytes, endOfValue(bytes, at));
  return bytes[index] === COMMA ? skipSpace(bytes, index + 1) : index;
}

function keyMeans(quoted: Buffer, key: string): boolean {
  const text = quoted.toString('utf8');
  return text.includes('\\') ? parseTrustedJson(text) === key : text.slice(1, -1) === key;
}

function endOfValue(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return endOfString(bytes, at);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfContainer(bytes, at);
  let index = at;
  while (index < bytes.length && !isDelimiter(bytes[index])) index++;
  return index;
}

function endOfContainer(bytes: Buffer, at: number): number {
  let depth = 0;
  for (let index = at; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return index + 1;
    }
  }
  return bytes.length;
}

/** The offset behind the closing quote of the string that opens at `at`. */
function endOfString(bytes: Buffer, at: number): number {
  let end = bytes.indexOf(QUOTE, at + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
    end = bytes.indexOf(QUOTE, end + 1);
  }
  return bytes.length;
}

function skipSpace(bytes: Buffer, at: number): number {
  let index = at;
  while (isSpace(bytes[index])) index++;
  return index;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}

function startsWithByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
