/** What a character can be part of, as bits above the low byte; the low byte is free for a symbol number. */
export const KIND = {
  /** The alphabets of base64 and base64url: what long encoded runs are made of. */
  run: 1 << 8,
  /** White space, quotes and joiners: what may stand between the pieces of a split secret. */
  filler: 1 << 9,
  /** `%`, `\` and `&`: what begins an escape. */
  escape: 1 << 10,
  /** Outside ASCII, or NUL: what must be normalised before it can be read. */
  foreign: 1 << 11,
  quote: 1 << 12,
  upper: 1 << 13,
  lower: 1 << 14,
  digit: 1 << 15,
  /** Joins strings in PHP and Perl, when white space or a quote stands before it. */
  dot: 1 << 16,
  /** Of a run, but no part of a hexadecimal number. */
  notHex: 1 << 17,
} as const;

/** Kinds by ASCII code, a new table for each caller. */
export function asciiKinds(): Uint32Array {
  const kinds = new Uint32Array(128);
  const mark = (characters: string, kind: number): void => {
    for (const character of characters) kinds[character.charCodeAt(0)] = (kinds[character.charCodeAt(0)] ?? 0) | kind;
  };
  mark('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_', KIND.run);
  mark('ABCDEFGHIJKLMNOPQRSTUVWXYZ', KIND.upper);
  mark('abcdefghijklmnopqrstuvwxyz', KIND.lower);
  mark('0123456789', KIND.digit);
  mark(' \t\n\v\f\r\'"`+,\\|&', KIND.filler);
  mark('.', KIND.dot);
  mark('ghijklmnopqrstuvwyzGHIJKLMNOPQRSTUVWYZ+/-_', KIND.notHex);
  mark('\'"`', KIND.quote);
  mark('%\\&', KIND.escape);
  mark('\0', KIND.foreign);
  return kinds;
}

/** `text` without its fillers: the pieces of a split secret stand side by side in it. */
export function withoutFillers(text: string): string {
  return text.replace(/[\s'"`+,\\|&]+/g, '');
}
