/** The ids of the built-in checks; an extension's check brings its own. */
export const CHECK_IDS = [
  'authentication',
  'scope_check',
  'access_control',
  'secret_scan',
  'guardrails',
  'tool_blocklist',
  'rate_limit',
  'budget',
  'policy',
] as const;

export type CheckId = (typeof CHECK_IDS)[number] | (string & {});

export type FindingResult = 'pass' | 'flag' | 'redact' | 'ask' | 'deny' | 'skipped' | 'disabled';

/** What one check found. It never holds the matched value. */
export type Finding = {
  readonly check: CheckId;
  readonly result: FindingResult;
  /** One sentence for people. */
  readonly detail: string;
  /** The rule, category or limit that spoke, where there is one. */
  readonly rule?: string;
  /** Where in the caller's body, in the form of `formatJsonPath`. */
  readonly path?: string;
  readonly durationMicros: number;
};

/** A part of the content that must be replaced before the call goes on. */
export type Redaction = {
  readonly path: readonly (string | number)[];
  /** UTF-16 offsets into the string at `path`; `whole` when the match stands only in a decoded view of it. */
  readonly span: { readonly start: number; readonly end: number } | 'whole';
  readonly label: string;
};

/** What a check answers. `reason` is one sentence with the remedy, fit for the caller's eyes. */
export type Verdict =
  | { readonly result: 'pass'; readonly detail: string }
  | { readonly result: 'flag'; readonly detail: string; readonly rule?: string; readonly path?: string }
  | {
      readonly result: 'redact';
      readonly detail: string;
      readonly rule?: string;
      readonly path?: string;
      readonly redactions: readonly Redaction[];
    }
  | {
      readonly result: 'deny' | 'ask';
      readonly detail: string;
      readonly reason: string;
      readonly rule?: string;
      readonly path?: string;
      /** For limits: when the same call would pass, in milliseconds from now. */
      readonly retryAfterMs?: number;
    };

/** The outcome of the whole pipeline: a value, never thrown. */
export type Decision = {
  readonly outcome: 'allow' | 'deny' | 'ask';
  /** The check that decided; `pipeline` when every check passed. */
  readonly policy: CheckId;
  /** Empty for an allow. */
  readonly reason: string;
  /** Every check in order, also those skipped after the first deny. */
  readonly findings: readonly Finding[];
  readonly redactions: readonly Redaction[];
  readonly retryAfterMs: number | null;
};
