/**
 * Finds ASCII text inside long runs of base64, base64url and hexadecimal characters, wherever in the run it begins.
 *
 * Most runs are names, paths and digests. Text shows before it is decoded: in base64 the characters that carry a byte's
 * top bit are confined to half the alphabet, so only stretches that can be ASCII are decoded at all. Runs that are in
 * `done` are passed over, and the others are added to it.
 */
export function decodeRuns(
  text: string,
  runs: readonly number[],
  done: Set<string>,
  onDecoded: (decoded: string) => void,
): void {
  for (const run of mergeWrapped(text, runs)) {
    if (done.has(run)) continue;
    done.add(run);
    decodeBase64(run, onDecoded);
    decodeHex(run, onDecoded);
  }
}

/** MIME and PEM wrap base64 into lines; lines that follow each other are one run. */
function mergeWrapped(text: string, runs: readonly number[]): readonly string[] {
  const merged: string[] = [];
  let pieces = '';
  let last = -1;
  for (let index = 0; index < runs.length; index += 2) {
    const start = runs[index] ?? 0;
    const end = runs[index + 1] ?? start;
    if (pieces !== '' && LINE_BREAK.test(text.slice(last, Math.min(start, last + BREAK_CHARACTERS_MAX + 1)))) {
      pieces += text.slice(start, end);
    } else {
      if (pieces !== '') merged.push(pieces);
      pieces = text.slice(start, end);
    }
    last = end;
    // The last line of a block is often shorter than a run.
    const next = runs[index + 2];
    TAIL_LINE.lastIndex = end;
    const tail = TAIL_LINE.exec(text);
    if (tail?.[1] !== undefined && (next === undefined || end + tail[0].length <= next)) {
      pieces += tail[1];
      last = end + tail[0].length;
    }
  }
  if (pieces !== '') merged.push(pieces);
  return merged;
}

const BREAK_CHARACTERS_MAX = 6;
const LINE_BREAK = /^(?:\r?\n|\\r?\\n|\\n)[ \t]{0,2}$/;
const TAIL_LINE = /(?:\r?\n|\\n)[ \t]{0,2}([A-Za-z0-9+/_-]{1,19})(?![A-Za-z0-9+/_-])/y;

/** 12 bytes that can be ASCII in a row; chance makes one such stretch in 4,000. */
const QUADS_MIN = 4;
const HEX_PAIRS_MIN = 12;
/** Most runs hold no hexadecimal stretch of that length, and a search says so sooner than a walk. */
const HEX_STRETCH = /[0-9a-fA-F]{24}/;

const TOP_BIT_CLEAR = base64Classes();

/** By ASCII code: bit 1, 2, 4 when the character fits ASCII text as first, second, third of four. */
function base64Classes(): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const classes = new Uint8Array(128);
  for (let sextet = 0; sextet < 64; sextet++) {
    const fits = (sextet < 32 ? 1 : 0) | ((sextet & 8) === 0 ? 2 : 0) | ((sextet & 2) === 0 ? 4 : 0);
    classes[alphabet.charCodeAt(sextet)] = fits;
  }
  classes['-'.charCodeAt(0)] = classes['+'.charCodeAt(0)] ?? 0;
  classes['_'.charCodeAt(0)] = classes['/'.charCodeAt(0)] ?? 0;
  return classes;
}

function decodeBase64(run: string, onDecoded: (decoded: string) => void): void {
  for (let phase = 0; phase < 4; phase++) {
    let stretchStart = phase;
    let offset = phase;
    for (; offset + 4 <= run.length; offset += 4) {
      const fits =
        ((TOP_BIT_CLEAR[run.charCodeAt(offset)] ?? 0) & 1) |
        ((TOP_BIT_CLEAR[run.charCodeAt(offset + 1)] ?? 0) & 2) |
        ((TOP_BIT_CLEAR[run.charCodeAt(offset + 2)] ?? 0) & 4);
      if (fits === 7) continue;
      if (offset - stretchStart >= QUADS_MIN * 4) onDecoded(fromBase64(run, widened(stretchStart, phase), offset + 4));
      stretchStart = offset + 4;
    }
    if (offset - stretchStart >= QUADS_MIN * 4) onDecoded(fromBase64(run, widened(stretchStart, phase), run.length));
  }
}

/** A secret may begin in the middle of the group of four before. */
function widened(stretchStart: number, phase: number): number {
  return Math.max(phase, stretchStart - 4);
}

function fromBase64(run: string, start: number, end: number): string {
  return Buffer.from(run.slice(start, end), 'base64').toString('latin1');
}

function decodeHex(run: string, onDecoded: (decoded: string) => void): void {
  if (!HEX_STRETCH.test(run)) return;
  for (let phase = 0; phase < 2; phase++) {
    let stretchStart = phase;
    let offset = phase;
    for (; offset + 2 <= run.length; offset += 2) {
      const high = run.charCodeAt(offset);
      // The high digit of printable ASCII is 2 to 7; line feeds and tabs are let through as 0.
      const fits = ((high >= 0x32 && high <= 0x37) || high === 0x30) && isHexDigit(run.charCodeAt(offset + 1));
      if (fits) continue;
      if (offset - stretchStart >= HEX_PAIRS_MIN * 2) onDecoded(fromHex(run, stretchStart, offset));
      stretchStart = offset + 2;
    }
    if (offset - stretchStart >= HEX_PAIRS_MIN * 2) onDecoded(fromHex(run, stretchStart, offset));
  }
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

function fromHex(run: string, start: number, end: number): string {
  return Buffer.from(run.slice(start, end), 'hex').toString('latin1');
}
