import type { RuleTier } from './rule.ts';

/** A secret that was found. It never holds the value: who needs to compare two has the fingerprint. */
export type SecretMatch = {
  /** A rule's id, `known-value`, `high-entropy` or `scan-budget`. */
  readonly rule: string;
  readonly tier: RuleTier;
  /** Where it stands, in the caller's body. A step that is itself a secret is masked. */
  readonly path: readonly (string | number)[];
  /** The path for people. */
  readonly shownPath: string;
  /** `whole` when the secret stands only in a decoded, normalised or joined view of the string. */
  readonly span: { readonly start: number; readonly end: number } | 'whole';
  /** False for an object's key and what stands under it: replacing a key would change what the call means. */
  readonly redactable: boolean;
  /** HMAC-SHA-256 of the value under the installation's key, 16 hexadecimal digits; empty for `scan-budget`. */
  readonly fingerprint: string;
  /** For `known-value`: its name in the store. */
  readonly secretName?: string;
};

export const KNOWN_VALUE_RULE = 'known-value';
export const HIGH_ENTROPY_RULE = 'high-entropy';
export const SCAN_BUDGET_RULE = 'scan-budget';
