import { type JsonValue, jsonOrUndefined } from '#foundation/json';
import { KIND } from './character-kinds.ts';
import { decodeEscapes } from './decode-escapes.ts';
import { decodeNumberLists } from './decode-numbers.ts';
import { decodeRuns } from './decode-runs.ts';
import type { EntropyDetector } from './high-entropy.ts';
import { withoutConcatenation, withoutWhitespace } from './join-fragments.ts';
import type { KnownValues } from './known-values.ts';
import { normaliseText } from './normalise-text.ts';
import type { RuleTier } from './rule.ts';
import type { MatcherPass, RuleMatcher, RuleSubset } from './rule-matcher.ts';
import type { ScanBudget } from './scan-budget.ts';
import { HIGH_ENTROPY_RULE, KNOWN_VALUE_RULE } from './secret-match.ts';

/** A secret within one text, with its value: it lives as long as the scan and is given to nobody. */
export type Found = {
  readonly rule: string;
  readonly tier: RuleTier;
  readonly secret: string;
  readonly span: { readonly start: number; readonly end: number } | 'whole';
  readonly secretName?: string;
};

/** What a text is scanned into. `walkJson` gets what a string held when it was JSON itself. */
export type TextSink = {
  readonly budget: ScanBudget;
  readonly found: Found[];
  /** Runs of this text that were decoded: views repeat them. */
  readonly decodedRuns: Set<string>;
  walkJson(value: JsonValue, depth: number): void;
};

/** `depth` counts the decodings that led to the text; 0 is the text as it was sent. */
export type View = { readonly text: string; readonly depth: number; readonly subset: RuleSubset };

/** `contextualKeyword`: the text names a secret, as a key may; `splitKeyword`: a secret may begin in it. */
export type TextNotes = Pick<MatcherPass, 'contextualKeyword' | 'splitKeyword'>;

export type TextScanner = {
  /** Scans a text and everything that can be read out of it. */
  scan(view: View, sink: TextSink): TextNotes;
  /** Characters of the longest value in the store. */
  longestKnownValue(): number;
  /** Scans `value` as the thing that `name` names; spans are those of `value`. */
  scanNamed(name: string, value: string, depth: number, sink: TextSink): void;
};

const NOTHING_SEEN: TextNotes = { contextualKeyword: false, splitKeyword: false };

export const DECODE_DEPTH_MAX = 3;

/** Longer values are documents, and what a document holds is found without its name. */
const NAMED_VALUE_LENGTH_MAX = 8_192;

export function createTextScanner(deps: {
  matcher: RuleMatcher;
  knownValues: KnownValues;
  entropy: EntropyDetector | undefined;
}): TextScanner {
  const { matcher, knownValues, entropy } = deps;

  function scanKnown(text: string, whole: boolean, sink: TextSink): void {
    for (const { name, value, span } of knownValues.find(text)) {
      const place = whole ? 'whole' : span;
      note(sink, { rule: KNOWN_VALUE_RULE, tier: 'deny', secret: value, span: place, secretName: name });
    }
  }

  function scan(view: View, sink: TextSink): TextNotes {
    const { text, depth, subset } = view;
    if (depth === 0 && subset === 'all') sink.budget.extend(text.length);
    if (!sink.budget.spend(text.length)) return NOTHING_SEEN;
    const whole = depth > 0 || subset !== 'all';
    scanKnown(text, whole, sink);
    const pass = matcher.run(text, subset, ({ rule, start, end }) => {
      const span = whole ? 'whole' : { start, end };
      note(sink, { rule: rule.id, tier: rule.tier, secret: text.slice(start, end), span });
    });
    if (!whole && entropy !== undefined) findRandom(text, pass.runs, entropy, sink);
    if (depth < DECODE_DEPTH_MAX) scanDerived(view, pass, sink);
    return pass;
  }

  /** The views that only the scan sees. Each is built only when the pass saw what calls for it. */
  function scanDerived({ text, depth, subset }: View, pass: MatcherPass, sink: TextSink): void {
    const next = (derived: string, rules: RuleSubset): void => {
      if (derived !== text) scan({ text: derived, depth: depth + 1, subset: rules }, sink);
    };
    const decoded = (derived: string): void => next(derived, 'all');
    if (pass.runs.length > 0) decodeRuns(text, pass.runs, sink.decodedRuns, decoded);
    // A joined view is read for what was split; what it could still hide shows when the readable view is joined.
    if (subset === 'splittable') return;
    if (pass.numberList) decodeNumberLists(text, decoded);
    if ((pass.kinds & (KIND.foreign | KIND.escape)) !== 0) next(readable(text, pass.kinds), subset);
    if (subset !== 'all') return;
    if (pass.splitKeyword) {
      next(withoutWhitespace(text), 'splittable');
      if ((pass.kinds & (KIND.quote | KIND.escape)) !== 0) next(withoutConcatenation(text), 'splittable');
    }
    if (looksLikeJson(text)) {
      const value = jsonOrUndefined(text);
      if (value !== undefined) sink.walkJson(value, depth + 1);
    }
  }

  return {
    scan,
    longestKnownValue: () => knownValues.longest(),
    scanNamed(name, value, depth, sink) {
      if (value.length > NAMED_VALUE_LENGTH_MAX || !sink.budget.spend(value.length)) return;
      const opening = `${name}="`;
      matcher.run(`${opening}${value}"`, 'contextual', ({ rule, start, end }) => {
        const inValue = start >= opening.length && end <= opening.length + value.length;
        if (!inValue) return;
        const secret = value.slice(start - opening.length, end - opening.length);
        const span = depth > 0 ? 'whole' : { start: start - opening.length, end: end - opening.length };
        note(sink, { rule: rule.id, tier: rule.tier, secret, span });
      });
    },
  };
}

function note(sink: TextSink, found: Found): void {
  sink.budget.noteFinding();
  if (!sink.budget.spent) sink.found.push(found);
}

function findRandom(text: string, runs: readonly number[], entropy: EntropyDetector, sink: TextSink): void {
  for (let index = 0; index < runs.length && !sink.budget.spent; index += 2) {
    const start = runs[index] ?? 0;
    const end = runs[index + 1] ?? start;
    if (!entropy.isSecret(text, start, end)) continue;
    note(sink, { rule: HIGH_ENTROPY_RULE, tier: 'review', secret: text.slice(start, end), span: { start, end } });
  }
}

/** Lookalikes, invisible characters and escapes undone in one view, so that views do not multiply. */
function readable(text: string, kinds: number): string {
  const normalised = (kinds & KIND.foreign) === 0 ? text : normaliseText(text);
  return (kinds & KIND.escape) === 0 ? normalised : decodeEscapes(normalised);
}

const JSON_BRACKETS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"' };

function looksLikeJson(text: string): boolean {
  if (text.length < 8) return false;
  const first = /^\s{0,8}([{["])/.exec(text.slice(0, 9))?.[1];
  if (first === undefined) return false;
  return text.trimEnd().endsWith(JSON_BRACKETS[first] ?? first);
}
