import { createKeywordAutomaton } from './keyword-automaton.ts';
import type { KnownValues } from './known-values.ts';
import { longestMatchOf } from './pattern-length.ts';
import type { SecretRule } from './rule.ts';

/** An encoded run is held from here on; a secret's first characters may have gone by then, and say nothing. */
const ENCODED_RUN_MIN = 16;
const ENCODED_RUN_MAX = 4_096;

/** Where, at the end of a text that is still being written, a secret may stand that is not whole yet. */
export type OpenMatches = {
  /** The offset, or the length of the text when nothing is open. */
  openFrom(text: string): number;
  /** Characters that the longest match of a rule has: nobody needs to hold back more. */
  readonly charactersMax: number;
};

type Reach = {
  readonly length: number;
  readonly spaced: number;
  readonly unspaced: number;
  readonly reachesBack: boolean;
};

/** By the keywords and the lengths of the rules that prove a credential, and by the values of the store. */
export function createOpenMatches(rules: readonly SecretRule[], knownValues: KnownValues): OpenMatches {
  const proving = rules.filter(({ tier }) => tier === 'deny');
  const keywords = [...new Set(proving.flatMap((rule) => rule.keywords))];
  const reaches = keywords.map((keyword) => reachOf(keyword, proving));
  const automaton = createKeywordAutomaton(keywords);
  const charactersMax = Math.max(ENCODED_RUN_MAX, ...proving.map(({ pattern }) => longestMatchOf(pattern)));

  function openKeyword(text: string): number {
    const lastSpace = lastSpaceIn(text);
    let open = text.length;
    let state = 0;
    for (let index = Math.max(0, text.length - charactersMax); index < text.length; index++) {
      const code = text.charCodeAt(index);
      state = automaton.transitions[state + (code < 128 ? (automaton.symbols[code] ?? 0) : 0)] ?? 0;
      if (state < automaton.firstAccepting) continue;
      for (const keyword of automaton.keywordsAt(state)) {
        const reach = reaches[keyword];
        if (reach === undefined) continue;
        const start = index + 1 - reach.length;
        const left = text.length - start;
        const isOpen = left < reach.spaced || (left < reach.unspaced && start > lastSpace);
        if (isOpen) open = Math.min(open, reach.reachesBack ? lastSpace + 1 : start);
      }
    }
    return open;
  }

  return {
    charactersMax,
    openFrom: (text) => Math.min(openKeyword(text), openRun(text), knownValues.openFrom(text)),
  };
}

/** A secret whose pattern has room for white space may go on behind it; any other ends there. */
function reachOf(keyword: string, rules: readonly SecretRule[]): Reach {
  let spaced = 0;
  let unspaced = 0;
  let reachesBack = false;
  for (const rule of rules) {
    if (!rule.keywords.includes(keyword)) continue;
    const length = longestMatchOf(rule.pattern);
    if (/\\[snrSWD]|\[\^|[ .](?![^[]*\])/.test(rule.pattern.source)) spaced = Math.max(spaced, length);
    else unspaced = Math.max(unspaced, length);
    reachesBack ||= rule.reachesBack !== undefined;
  }
  return { length: keyword.length, spaced, unspaced, reachesBack };
}

function lastSpaceIn(text: string): number {
  let index = text.length - 1;
  while (index >= 0 && !/\s/.test(text.charAt(index))) index--;
  return index;
}

/** A run of the characters of base64 that ends the text, and is long and mixed enough to be an encoded secret. */
function openRun(text: string): number {
  let start = text.length;
  const least = Math.max(0, text.length - ENCODED_RUN_MAX);
  while (start > least && /[A-Za-z0-9+/_=-]/.test(text.charAt(start - 1))) start--;
  const isLong = text.length - start >= ENCODED_RUN_MIN;
  return isLong && /\d|[a-z][A-Z]/.test(text.slice(start)) ? start : text.length;
}
