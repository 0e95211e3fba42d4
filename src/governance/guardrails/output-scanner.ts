import type { JsonValue } from '#foundation/json';
import { HIGH_ENTROPY_RULE, SCAN_BUDGET_RULE } from '#governance/secret-scan/secret-match';
import type { SecretScanner } from '#governance/secret-scan/secret-scanner';
import type { ContentGuard } from './content-guard.ts';
import type { GuardFamily } from './guard-rule.ts';
import { GUARD_RULES } from './rule-catalogue.ts';

export const OUTPUT_FAMILIES = ['secrets', 'smuggling', 'exfiltration', 'canaries', 'personal_data'] as const;

export type OutputFamily = (typeof OUTPUT_FAMILIES)[number];

/** Something in what a model says; it never holds the text that was found. */
export type OutputMatch = {
  readonly rule: string;
  /** `budget` when the scan could not be finished. */
  readonly family: OutputFamily | 'budget';
  /** Whether the shape alone proves it; what only looks like a secret is never more than flagged. */
  readonly isProved: boolean;
  readonly path: readonly (string | number)[];
  readonly shownPath: string;
  readonly span: { readonly start: number; readonly end: number } | 'whole';
  readonly redactable: boolean;
};

/** The secret scan and the guardrails over what a model says, whole or in pieces. */
export type OutputScanner = {
  scan(value: JsonValue, families: ReadonlySet<OutputFamily>): readonly OutputMatch[];
  /** Where the end of a text must be held back, because a match may still begin or grow there. */
  openFrom(text: string, families: ReadonlySet<OutputFamily>): number;
  /** Characters that are held back at most: the longest match of any rule. */
  readonly charactersMax: number;
};

export function createOutputScanner(deps: { scanner: SecretScanner; guard: ContentGuard }): OutputScanner {
  const { scanner, guard } = deps;
  return {
    charactersMax: Math.max(
      scanner.openMatches.charactersMax,
      ...GUARD_RULES.map(({ charactersMax }) => charactersMax),
    ),
    scan(value, families) {
      const matches: OutputMatch[] = [];
      if (families.has('secrets')) {
        for (const { rule, tier, path, shownPath, span, redactable } of scanner.scanValue(value)) {
          const family = rule === SCAN_BUDGET_RULE ? 'budget' : 'secrets';
          const isProved = tier === 'deny' && rule !== HIGH_ENTROPY_RULE;
          matches.push({ rule, family, isProved, path, shownPath, span, redactable });
        }
      }
      const others = guardFamilies(families);
      if (others.size === 0) return matches;
      for (const { rule, family, path, shownPath, span, redactable } of guard.scan([{ path: [], value }], others)) {
        matches.push({ rule, family, isProved: true, path, shownPath, span, redactable });
      }
      return matches;
    },
    openFrom(text, families) {
      const secrets = families.has('secrets') ? scanner.openMatches.openFrom(text) : text.length;
      const others = guardFamilies(families);
      return others.size === 0 ? secrets : Math.min(secrets, guard.openFrom(text, others));
    },
  };
}

function guardFamilies(families: ReadonlySet<OutputFamily>): ReadonlySet<GuardFamily> {
  return new Set([...families].filter((family) => family !== 'secrets'));
}
