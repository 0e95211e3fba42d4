import { entropyBits, looksRandom } from './entropy.ts';
import { createKeywordAutomaton, type KeywordAutomaton } from './keyword-automaton.ts';
import { ENTROPY_FLOOR_BITS, type SecretRule } from './rule.ts';
import { createTextPasser, type TextPass } from './text-pass.ts';

/** A rule that holds at a place of a text: the span of the secret itself. */
export type RuleMatch = { readonly rule: SecretRule; readonly start: number; readonly end: number };

/** Which rules may speak: all; those of a key beside its value; those whose secret may be split into pieces. */
export type RuleSubset = 'all' | 'contextual' | 'splittable';

/** What a run saw of the text; `contextualKeyword`: a name that makes a secret of a value beside it. */
export type MatcherPass = TextPass & { readonly contextualKeyword: boolean };

export type RuleMatcher = {
  /** Calls `onMatch` for each match in order of place. */
  run(text: string, subset: RuleSubset, onMatch: (match: RuleMatch) => void): MatcherPass;
};

/** Entropy is measured on the head of a secret, so that no filler behind it can lower it. */
const ENTROPY_HEAD_CHARACTERS = 40;
const SPLITTABLE_KEYWORD_LENGTH_MIN = 3;

type CompiledRule = {
  readonly rule: SecretRule;
  readonly place: number;
  readonly pattern: RegExp;
  readonly floor: number;
};
type KeywordEntry = { readonly length: number; readonly contextual: boolean; readonly rules: readonly CompiledRule[] };

export function createRuleMatcher(rules: readonly SecretRule[]): RuleMatcher {
  const compiled = rules.map((rule, place): CompiledRule => {
    const pattern = new RegExp(rule.pattern.source, `${rule.pattern.flags.replace(/[gy]/g, '')}y`);
    return { rule, place, pattern, floor: rule.entropyFloor ?? ENTROPY_FLOOR_BITS };
  });
  const keywords = [...new Set(rules.flatMap((rule) => rule.keywords))];
  const entries = keywords.map((keyword): KeywordEntry => {
    const among = compiled.filter(({ rule }) => rule.keywords.includes(keyword));
    return { length: keyword.length, contextual: among.some(({ rule }) => rule.contextual === true), rules: among };
  });
  const automaton = createKeywordAutomaton(keywords);
  const passOver = createTextPasser(automaton, splittableStates(automaton, entries));
  const withoutKeyword = compiled.filter(({ rule }) => rule.keywords.length === 0);

  return {
    run(text, subset, onMatch) {
      // By rule: matches may not overlap, so a rule is not tried again inside its last match.
      let ends: Map<number, number> | undefined;
      let contextualKeyword = false;
      const attempt = (candidate: CompiledRule, start: number): void => {
        if (!isIn(subset, candidate.rule) || start < (ends?.get(candidate.place) ?? 0)) return;
        const tried = tryRule(candidate, text, start, subset === 'splittable');
        if (tried === undefined) return;
        ends ??= new Map();
        ends.set(candidate.place, tried.end);
        if (tried.match !== undefined) onMatch(tried.match);
      };
      const pass = passOver(text, (state, end) => {
        for (const index of automaton.keywordsAt(state)) {
          const entry = entries[index];
          if (entry === undefined) continue;
          contextualKeyword ||= entry.contextual;
          for (const candidate of entry.rules) attempt(candidate, end - entry.length);
        }
      });
      for (let run = 0; run < pass.runs.length; run += 2) {
        for (const candidate of withoutKeyword) attempt(candidate, pass.runs[run] ?? 0);
      }
      return { ...pass, contextualKeyword };
    },
  };
}

function isIn(subset: RuleSubset, rule: SecretRule): boolean {
  if (subset === 'all') return true;
  return subset === 'contextual' ? rule.contextual === true : isSplittable(rule);
}

/** A prefix of its own makes a secret recognisable also after its pieces were joined; a name beside it does not. */
function isSplittable(rule: SecretRule): boolean {
  return rule.tier === 'deny' && rule.contextual !== true;
}

function splittableStates(automaton: KeywordAutomaton, entries: readonly KeywordEntry[]): Uint8Array {
  const states = new Uint8Array(automaton.transitions.length);
  for (let state = automaton.firstAccepting; state < states.length; state++) {
    const splittable = automaton.keywordsAt(state).some((index) => {
      const entry = entries[index];
      return (
        entry !== undefined &&
        entry.length >= SPLITTABLE_KEYWORD_LENGTH_MIN &&
        entry.rules.some(({ rule }) => isSplittable(rule))
      );
    });
    if (splittable) states[state] = 1;
  }
  return states;
}

/** Undefined when the pattern does not hold; without `match` when it holds and what it found is a placeholder. */
function tryRule(
  candidate: CompiledRule,
  text: string,
  start: number,
  joined: boolean,
): { end: number; match?: RuleMatch } | undefined {
  candidate.pattern.lastIndex = start;
  const found = candidate.pattern.exec(text);
  if (found === null) return undefined;
  const whole = found[0];
  const end = start + whole.length;
  const group = lastGroup(found);
  const from = group === undefined ? reachBack(candidate.rule, text, start) : start + whole.lastIndexOf(group);
  const to = group === undefined ? end : from + group.length;
  const head = text.slice(from, Math.min(to, from + ENTROPY_HEAD_CHARACTERS));
  const mixed = joined || candidate.rule.mixed === true;
  // A placeholder is stepped over by a bounded distance only: a secret may follow it within the same run.
  if (entropyBits(head) < candidate.floor || (mixed && !looksRandom(head))) {
    return { end: Math.min(end, start + ENTROPY_HEAD_CHARACTERS) };
  }
  return { end, match: { rule: candidate.rule, start: from, end: to } };
}

function reachBack({ reachesBack }: SecretRule, text: string, start: number): number {
  if (reachesBack === undefined) return start;
  let from = start;
  while (from > 0 && start - from < REACH_CHARACTERS_MAX && reachesBack.test(text.charAt(from - 1))) from--;
  return from;
}

const REACH_CHARACTERS_MAX = 255;

function lastGroup(found: RegExpExecArray): string | undefined {
  for (let index = found.length - 1; index > 0; index--) {
    const group = found[index];
    if (group !== undefined && group !== '') return group;
  }
  return undefined;
}
