/** Shannon entropy of the characters of `text`, in bits per character. */
export function entropyBits(text: string): number {
  const counts = new Map<number, number>();
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

/** Entropy as a share of the most that a text of this length in the base64 alphabet can have, 0 to 1. */
export function entropyRatio(text: string): number {
  const bitsMax = Math.log2(Math.min(text.length, 64));
  return bitsMax === 0 ? 0 : entropyBits(text) / bitsMax;
}

/**
 * Whether `text` changes between upper case, lower case and digits as often as random characters do, or has many
 * digits. Words that were run together change seldom; so does camelCase. Without lower case a digit is enough.
 */
export function looksRandom(text: string): boolean {
  let changes = 0;
  let digits = 0;
  let lowers = 0;
  let counted = 0;
  let previous = OTHER;
  for (let index = 0; index < text.length; index++) {
    const kind = characterClass(text.charCodeAt(index));
    if (kind === OTHER) continue;
    if (kind === DIGIT) digits++;
    if (kind === LOWER) lowers++;
    if (previous !== OTHER && kind !== previous) changes++;
    previous = kind;
    counted++;
  }
  return digits > 0 && (lowers === 0 || changes >= counted * CHANGES_SHARE || digits >= counted * DIGITS_SHARE);
}

/** Random base64 changes at two characters of three, random hexadecimal at one of two. */
const CHANGES_SHARE = 0.3;
const DIGITS_SHARE = 0.4;

const OTHER = 0;
const DIGIT = 1;
const UPPER = 2;
const LOWER = 3;

function characterClass(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return LOWER;
  if (code >= 0x30 && code <= 0x39) return DIGIT;
  if (code >= 0x41 && code <= 0x5a) return UPPER;
  return OTHER;
}
