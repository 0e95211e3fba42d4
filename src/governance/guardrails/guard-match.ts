import type { GuardFamily } from './guard-rule.ts';

/** What a control found. It never holds the text that was found. */
export type GuardMatch = {
  /** A rule's id, `canary` or `scan-budget`. */
  readonly rule: string;
  readonly family: GuardFamily | 'budget';
  readonly path: readonly (string | number)[];
  /** The path for people; a key that was found to be something is masked. */
  readonly shownPath: string;
  /** `whole` when it stands only in a decoded view of the string. */
  readonly span: { readonly start: number; readonly end: number } | 'whole';
  /** False for an object's key and what stands below such a one. */
  readonly redactable: boolean;
  /** For a canary: its name in the configuration. */
  readonly canary?: string;
};
