import type { JsonValue } from '#foundation/json';
import type { Clock } from '#foundation/time';
import type { Call, ContentPart } from '#governance/policy/call';
import type { SecretSource } from '#governance/secrets/secret-value';
import { createCleanKeys } from './clean-keys.ts';
import type { SecretScanConfig } from './config.ts';
import { extraRules } from './extra-rules.ts';
import { budgetMatch, createFindings } from './findings.ts';
import { createEntropyDetector } from './high-entropy.ts';
import { createKnownValues } from './known-values.ts';
import { createOpenMatches, type OpenMatches } from './open-match.ts';
import type { SecretRule } from './rule.ts';
import { SECRET_RULES } from './rule-catalogue.ts';
import { createRuleMatcher } from './rule-matcher.ts';
import { ScanBudget } from './scan-budget.ts';
import type { SecretMatch } from './secret-match.ts';
import { createTextScanner } from './text-scan.ts';
import { ValueScan } from './value-scan.ts';

/** What a call carries: findings in what is new, and in what was judged in earlier turns. */
export type CallScan = { readonly content: readonly SecretMatch[]; readonly history: readonly SecretMatch[] };

/**
 * Finds credentials, whatever they are wrapped in. Synchronous and bounded: a scan that exceeds its budget says so with
 * a `scan-budget` match. In-band suppressions (`gitleaks:allow` and the like) mean nothing to it.
 */
export type SecretScanner = {
  scanCall(call: Call): CallScan;
  scanText(text: string, path?: readonly (string | number)[]): readonly SecretMatch[];
  scanValue(value: JsonValue, path?: readonly (string | number)[]): readonly SecretMatch[];
  /** For a text that comes in pieces. */
  readonly openMatches: OpenMatches;
};

export type SecretScannerDeps = {
  readonly knownValues: SecretSource;
  /** Per installation; makes fingerprints that say nothing to anyone else. At least 16 bytes. */
  readonly fingerprintKey: Buffer;
  readonly config: SecretScanConfig;
  /** Of extensions, beside those that ship. */
  readonly registeredRules?: readonly SecretRule[];
  readonly clock: Clock;
};

export function createSecretScanner(deps: SecretScannerDeps): SecretScanner {
  const { config, clock, fingerprintKey } = deps;
  const knownValues = createKnownValues(deps.knownValues);
  const cleanKeys = createCleanKeys(knownValues);
  const rules = [...SECRET_RULES, ...extraRules(config.extra_patterns), ...(deps.registeredRules ?? [])];
  const scanner = createTextScanner({
    matcher: createRuleMatcher(rules),
    knownValues,
    entropy: createEntropyDetector(config.entropy),
  });

  function scanParts(parts: readonly ContentPart[]): readonly SecretMatch[] {
    if (parts.length === 0) return [];
    const findings = createFindings(fingerprintKey);
    const budget = new ScanBudget(config.budgets, clock);
    new ValueScan({ scanner, findings, budget, cleanKeys }).scan(parts);
    const { matches } = findings;
    return budget.spent ? [budgetMatch([]), ...matches] : matches;
  }

  return {
    scanCall(call) {
      return {
        content: scanParts(call.content),
        history: config.history === 'off' ? [] : scanParts(call.history),
      };
    },
    openMatches: createOpenMatches(rules, knownValues),
    scanText: (text, path = []) => scanParts([{ path, value: text }]),
    scanValue: (value, path = []) => scanParts([{ path, value }]),
  };
}
