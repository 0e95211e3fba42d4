/** What a rule protects from; the configuration says for each family, or for one rule, what follows. */
export const GUARD_FAMILIES = ['smuggling', 'exfiltration', 'canaries', 'personal_data'] as const;

export type GuardFamily = (typeof GUARD_FAMILIES)[number];

/** What a rule is told besides the text. */
export type GuardContext = {
  /** Whether the operator trusts the host with data. */
  isAllowedHost(host: string): boolean;
};

/** One deterministic control, as data, with the texts that it must find and the texts that it must leave alone. */
export type GuardRule = {
  /** Kebab-case; it stands in reasons, audit records and redaction marks. */
  readonly id: string;
  readonly family: GuardFamily;
  /** Characters that the longest match spans, with what stands before it and decides: a stream is held no longer. */
  readonly charactersMax: number;
  /** Calls `found` with the offsets of each match. Linear in the text, whatever it holds. */
  find(text: string, found: (start: number, end: number) => void, context: GuardContext): void;
  /** Where, counted from the end, a match may still begin or grow: the offset, or the length when none does. */
  openFrom(text: string): number;
  readonly positives: readonly string[];
  readonly negatives: readonly string[];
};

/** Every place where a global pattern holds and the match withstands the test. */
export function findAll(
  text: string,
  pattern: RegExp,
  found: (start: number, end: number) => void,
  holds: (match: string, start: number) => boolean = () => true,
): void {
  for (const match of text.matchAll(pattern)) {
    if (holds(match[0], match.index)) found(match.index, match.index + match[0].length);
  }
}

/** The offset at which the characters of one class begin that end the text; bounded. */
export function trailingRun(text: string, isOfRun: (character: string) => boolean, charactersMax: number): number {
  let start = text.length;
  const least = Math.max(0, text.length - charactersMax);
  while (start > least && isOfRun(text.charAt(start - 1))) start--;
  return start;
}
