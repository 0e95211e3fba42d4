import { formatJsonPath, isJsonObject, type JsonValue, jsonOrUndefined } from '#foundation/json';
import { globMatches } from '#foundation/text';
import type { Clock } from '#foundation/time';
import type { ContentPart } from '#governance/policy/call';
import { decodeEscapes } from '#governance/secret-scan/decode-escapes';
import { normaliseText } from '#governance/secret-scan/normalise-text';
import { ScanBudget } from '#governance/secret-scan/scan-budget';
import { createCanaries } from './canaries.ts';
import type { GuardAction, GuardrailsConfig } from './config.ts';
import type { GuardMatch } from './guard-match.ts';
import type { GuardContext, GuardFamily, GuardRule } from './guard-rule.ts';
import { CANARY_RULE, GUARD_BUDGET_RULE, GUARD_RULES } from './rule-catalogue.ts';

/** Looks for what the guardrails name, in every key and string. Synchronous, and bounded by the budget of one scan. */
export type ContentGuard = {
  scan(parts: readonly ContentPart[], families?: ReadonlySet<GuardFamily>): readonly GuardMatch[];
  /** Where, in a text that comes in pieces, a match may still begin or grow; its length when none does. */
  openFrom(text: string, families: ReadonlySet<GuardFamily>): number;
};

/** JSON within JSON is walked so deep; deeper is scanned as the text that it is. */
const UNWRAP_DEPTH_MAX = 3;
const NESTING_MAX = 256;
const MASKED_STEP = '[masked]';

type Place = {
  readonly path: readonly (string | number)[];
  readonly shown: readonly (string | number)[];
  readonly redactable: boolean;
};

export function createContentGuard(deps: { config: GuardrailsConfig; clock: Clock }): ContentGuard {
  const { config, clock } = deps;
  const canaries = createCanaries(config.canaries);
  const context: GuardContext = {
    isAllowedHost: (host) => config.allowed_hosts.some((allowed) => globMatches(allowed, host.toLowerCase())),
  };

  function scan(parts: readonly ContentPart[], families?: ReadonlySet<GuardFamily>): readonly GuardMatch[] {
    const rules = GUARD_RULES.filter((rule) => isWanted(rule));
    const looksForCanaries = families?.has('canaries') ?? guardActionOf(config, CANARY_RULE, 'canaries') !== 'off';
    const budget = new ScanBudget(config.budgets, clock);
    const matches: GuardMatch[] = [];

    function isWanted(rule: GuardRule): boolean {
      return families?.has(rule.family) ?? guardActionOf(config, rule.id, rule.family) !== 'off';
    }

    function note(rule: string, family: GuardFamily, span: GuardMatch['span'], place: Place, canary?: string): void {
      budget.noteFinding();
      if (budget.spent) return;
      matches.push({
        rule,
        family,
        path: place.path,
        shownPath: formatJsonPath(place.shown),
        span: place.redactable ? span : 'whole',
        redactable: place.redactable,
        ...(canary === undefined ? {} : { canary }),
      });
    }

    /** `isWhole`: offsets in a view say nothing about the text, so the whole of it is meant. */
    function scanView(text: string, isWhole: boolean, place: Place, among: readonly GuardRule[]): void {
      if (!budget.spend(text.length)) return;
      for (const rule of among) {
        rule.find(text, (start, end) => note(rule.id, rule.family, isWhole ? 'whole' : { start, end }, place), context);
      }
      if (!looksForCanaries) return;
      for (const { name, span } of canaries.find(text)) {
        note(CANARY_RULE, 'canaries', isWhole ? 'whole' : span, place, name);
      }
    }

    function scanText(text: string, place: Place, depth: number): void {
      const before = matches.length;
      if (depth === 0) budget.extend(text.length);
      scanView(text, depth > 0, place, rules);
      if (depth < UNWRAP_DEPTH_MAX) {
        const inner = jsonIn(text);
        if (inner !== undefined) walk(inner, { ...place, redactable: place.redactable }, depth + 1);
      }
      if (matches.length > before) return;
      // What is written in a text for people to read, such as an escape in source code, hides nothing.
      const others = rules.filter(({ family }) => family !== 'smuggling');
      for (const view of readableViews(text)) if (!budget.spent) scanView(view, true, place, others);
    }

    /** Findings below a string that was JSON belong to that string: `depth` above 0 keeps the path as it is. */
    function walk(value: JsonValue, place: Place, depth: number, nesting = 0): void {
      if (budget.spent) return;
      if (nesting > NESTING_MAX) {
        budget.exhaust();
        return;
      }
      if (typeof value === 'string') scanText(value, place, depth);
      else if (typeof value === 'number') scanView(String(value), true, place, rules);
      else if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) walk(item, below(place, index, depth), depth, nesting + 1);
      } else if (isJsonObject(value)) {
        for (const [key, member] of Object.entries(value)) {
          if (member !== undefined) walkMember(key, member, place, depth, nesting + 1);
        }
      }
    }

    function walkMember(key: string, member: JsonValue, place: Place, depth: number, nesting: number): void {
      const before = matches.length;
      scanText(key, { path: place.path, shown: place.shown, redactable: depth > 0 && place.redactable }, depth);
      const isMasked = matches.length > before;
      walk(member, below(place, key, depth, isMasked), depth, nesting);
    }

    for (const { path, value } of parts) walk(value, { path, shown: path, redactable: true }, 0);
    if (!budget.spent) return matches;
    const spent = { rule: GUARD_BUDGET_RULE, family: 'budget', path: [], shownPath: '', span: 'whole' } as const;
    return [{ ...spent, redactable: false }, ...matches];
  }

  function openFrom(text: string, families: ReadonlySet<GuardFamily>): number {
    let open = families.has('canaries') ? canaries.openFrom(text) : text.length;
    for (const rule of GUARD_RULES) if (families.has(rule.family)) open = Math.min(open, rule.openFrom(text));
    return open;
  }

  return { scan, openFrom };
}

/** The action of one rule: its own, or that of its family. */
export function guardActionOf(config: GuardrailsConfig, rule: string, family: GuardFamily): GuardAction {
  return config.rules[rule] ?? config.actions[family];
}

function below(place: Place, step: string | number, depth: number, isMasked = false): Place {
  if (depth > 0) return place;
  return {
    path: [...place.path, step],
    shown: [...place.shown, isMasked ? MASKED_STEP : step],
    redactable: place.redactable && !isMasked,
  };
}

/** The text as it reads when what hides it is undone; none for a text that is what it seems. */
function* readableViews(text: string): Iterable<string> {
  const plain = /[^\x01-\x7f]/.test(text) ? normaliseText(text) : text;
  if (plain !== text) yield plain;
  if (!/[%\\&]/.test(plain)) return;
  const decoded = decodeEscapes(plain);
  if (decoded !== plain) yield decoded;
}

function jsonIn(text: string): JsonValue | undefined {
  if (!/^\s{0,8}[{["]/.test(text) || !/[}\]"]\s{0,8}$/.test(text.slice(-9))) return undefined;
  return jsonOrUndefined(text);
}
