import { RUN_LENGTH_MIN } from './text-pass.ts';

/** White space taken out: a secret that was wrapped or spaced out stands in one piece. */
export function withoutWhitespace(text: string): string {
  return text.replace(/\s+/g, '');
}

/** String literals joined as a compiler would: `'a' + 'b'`, `"a" . "b"`, `'a' 'b'`, `['a', 'b']`, `"a""b"`, `a\` newline `b`. */
export function withoutConcatenation(text: string): string {
  return text.replace(CONCATENATION, '');
}

const CONCATENATION = /["'`]\s{0,40}(?:\+|\.|\|\||,|&|~|<>)?\s{0,40}["'`]|\\\r?\n\s{0,40}/g;

/** Enough of a long neighbour to hold its half of a split secret. */
export const WIDE_EDGE_CHARACTERS = 256;
/** Enough to hold its half of a split keyword. */
export const NARROW_EDGE_CHARACTERS = 32;

/**
 * Sibling strings side by side. Of a long one only both edges are kept, so that joining costs a constant for each.
 */
export function joinSiblings(siblings: readonly string[], edgeCharacters: number): string {
  let joined = '';
  for (const sibling of siblings) {
    joined +=
      sibling.length <= edgeCharacters * 2
        ? sibling
        : `${sibling.slice(0, edgeCharacters)}\n${sibling.slice(-edgeCharacters)}`;
  }
  return joined;
}

/** Whether the end of one sibling and the beginning of the next make a run that could be an encoded secret. */
export function runsMeet(siblings: readonly string[]): boolean {
  let carried = 0;
  for (const sibling of siblings) {
    const head = runLengthAt(sibling, 0, 1);
    if (carried > 0 && head > 0 && carried + head >= RUN_LENGTH_MIN) return true;
    carried = head === sibling.length ? carried + head : runLengthAt(sibling, sibling.length - 1, -1);
  }
  return false;
}

function runLengthAt(text: string, from: number, direction: 1 | -1): number {
  let length = 0;
  while (length < RUN_LENGTH_MIN && isRunCharacter(text.charCodeAt(from + length * direction))) length++;
  return length;
}

function isRunCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2f ||
    code === 0x5f
  );
}

/** The places of numbered keys (`part1`, `part2`) in the order of their numbers; undefined when fewer than two. */
export function inNumberedOrder(keys: readonly string[]): readonly number[] | undefined {
  if (keys.length < 2) return undefined;
  const numbered = keys.flatMap((key, place) => {
    const digits = endsInDigit(key) ? /(\d{1,6})$/.exec(key)?.[1] : undefined;
    return digits === undefined ? [] : [{ number: Number(digits), place }];
  });
  if (numbered.length < 2) return undefined;
  return numbered.sort((left, right) => left.number - right.number).map(({ place }) => place);
}

function endsInDigit(key: string): boolean {
  const code = key.charCodeAt(key.length - 1);
  return code >= 0x30 && code <= 0x39;
}
