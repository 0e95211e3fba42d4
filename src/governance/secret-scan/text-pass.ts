import { asciiKinds, KIND } from './character-kinds.ts';
import type { KeywordAutomaton } from './keyword-automaton.ts';

/** What one pass over a text has seen; the costly steps that follow are taken only where this calls for them. */
export type TextPass = {
  /** The union of the kinds of all characters (see KIND). */
  readonly kinds: number;
  /**
   * Offsets of the runs of base64 characters of at least RUN_LENGTH_MIN: start, end, start, end, ... Runs of words are
   * left out: encoded text has digits, or letters of both cases.
   */
  readonly runs: readonly number[];
  /** A keyword that may be split stands in the text, fillers left out. */
  readonly splitKeyword: boolean;
  /** Many short numbers in a row, as in a list of character codes. */
  readonly numberList: boolean;
};

const NUMBER_LENGTH_MAX = 4;
const NUMBERS_MIN = 16;

/** 15 bytes in base64; every secret that the rules know is longer. */
export const RUN_LENGTH_MIN = 20;

const NO_RUNS: readonly number[] = [];

export type TextPasser = (text: string, onKeyword: (state: number, end: number) => void) => TextPass;

/**
 * One pass over a text: keywords as they stand (`onKeyword`, with the offset after the keyword), keywords with fillers
 * left out, runs, and kinds of characters. `splittable` holds 1 at each accepting state of a keyword that may be split.
 */
export function createTextPasser(automaton: KeywordAutomaton, splittable: Uint8Array): TextPasser {
  const { transitions, firstAccepting } = automaton;
  // One load for each character: its kinds and, in the low byte, its symbol in the automaton.
  const table = asciiKinds();
  for (const [code, symbol] of automaton.symbols.entries()) table[code] = (table[code] ?? 0) | symbol;

  const isFiller = (code: number): boolean => code < 128 && ((table[code] ?? 0) & KIND.filler) !== 0;

  return (text, onKeyword) => {
    const length = text.length;
    let kinds = 0;
    let runs: number[] | undefined;
    let splitKeyword = false;
    let state = 0;
    let joinedState = 0;
    let runStart = 0;
    let runKinds = 0;
    let numbers = 0;
    let numbersMost = 0;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      const entry = code < 128 ? (table[code] ?? 0) : KIND.foreign;
      const before = state;
      state = transitions[before + (entry & 0xff)] ?? 0;
      if (state >= firstAccepting) onKeyword(state, index + 1);
      if ((entry & FILLER_OR_DOT) === 0 || ((entry & KIND.dot) !== 0 && !isFiller(text.charCodeAt(index - 1)))) {
        joinedState = joinedState === before ? state : (transitions[joinedState + (entry & 0xff)] ?? 0);
        if (joinedState >= firstAccepting && splittable[joinedState] === 1) splitKeyword = true;
      }
      if ((entry & KIND.run) !== 0) {
        runKinds |= entry;
      } else {
        kinds |= entry | runKinds;
        const runLength = index - runStart;
        if (runLength > NUMBER_LENGTH_MAX || (runKinds & KIND.notHex) !== 0) {
          numbers = 0;
          if (runLength >= RUN_LENGTH_MIN && mayBeEncoded(runKinds)) {
            runs ??= [];
            runs.push(runStart, index);
          }
        } else if (runLength > 0 && ++numbers > numbersMost) {
          numbersMost = numbers;
        }
        runStart = index + 1;
        runKinds = 0;
      }
    }
    if (length - runStart >= RUN_LENGTH_MIN && mayBeEncoded(runKinds)) {
      runs ??= [];
      runs.push(runStart, length);
    }
    return {
      kinds: kinds | runKinds,
      runs: runs ?? NO_RUNS,
      splitKeyword,
      numberList: numbersMost >= NUMBERS_MIN - 1,
    };
  };
}

function mayBeEncoded(kinds: number): boolean {
  return (kinds & KIND.digit) !== 0 || (kinds & BOTH_CASES) === BOTH_CASES;
}

const FILLER_OR_DOT = KIND.filler | KIND.dot;
const BOTH_CASES = KIND.upper | KIND.lower;
