import { CONFUSABLES } from './confusables.ts';

/**
 * The text as a reader would take it: compatibility forms folded (NFKC, and accents taken off), invisible and
 * direction-changing characters removed, tag characters and lookalikes turned into the ASCII that they hide.
 */
export function normaliseText(text: string): string {
  // ASCII is what all of this leads to: only what stands between is worked on.
  return text.replace(FOREIGN, (segment) =>
    segment
      .replace(TAG_CHARACTERS, (character) => String.fromCharCode((character.codePointAt(0) ?? 0) - TAG_OFFSET))
      .normalize('NFKD')
      .replace(INVISIBLE, '')
      .replace(NON_ASCII, (character) => CONFUSABLES.get(character) ?? character),
  );
}

const FOREIGN = /[^\x01-\x7F]+/g;

/** U+E0020 to U+E007E repeat ASCII invisibly. */
const TAG_CHARACTERS = /[\u{E0020}-\u{E007E}]/gu;
const TAG_OFFSET = 0xe0000;

/** NUL, combining marks, format characters (zero width, bidi, joiners, soft hyphen), fillers, variation selectors. */
const INVISIBLE = /[\0\p{M}\p{Cf}\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0]+/gu;

const NON_ASCII = /[^\0-\x7F]/gu;
