/** `deny`: the shape alone proves a credential. `review`: it looks like one; the configuration says what then. */
export type RuleTier = 'deny' | 'review';

/** One kind of secret, as data, with the texts that it must find and the texts that it must leave alone. */
export type SecretRule = {
  /** Kebab-case; it stands in reasons, audit records and redaction marks. */
  readonly id: string;
  readonly vendor: string;
  /** ASCII, lower case. The pattern is tried only where one of these stands, in any case of letters. */
  readonly keywords: readonly string[];
  /**
   * Tried at the first character of the keyword. The last group, where there is one, is the secret itself; without a
   * group the whole match is. Every quantifier has an upper bound, so one try costs a constant.
   */
  readonly pattern: RegExp;
  /** Where the keyword stands within the secret or behind it: the secret begins where these characters end to the left. */
  readonly reachesBack?: RegExp;
  /** Shannon bits per character that the secret must reach; keeps `xxxx` placeholders of the documentation out. */
  readonly entropyFloor?: number;
  /** The secret must change between kinds of characters as random text does: keeps joined words out. */
  readonly mixed?: true;
  readonly tier: RuleTier;
  /** The pattern needs a name such as `password =` beside the value; it is tried on `key: value` members too. */
  readonly contextual?: true;
  readonly positives: readonly string[];
  readonly negatives: readonly string[];
};

export const ENTROPY_FLOOR_BITS = 2.2;

/**
 * The pattern of a value that has no prefix of its own and is known by the name it is assigned to:
 * `DATADOG_API_KEY=...`, `"datadog-app-key": "..."`, `heroku.token => '...'`. `names` begin with the keyword.
 */
export function assigned(names: string, value: string): RegExp {
  return new RegExp(
    `(?:${names})[\\w.-]{0,24}?(?:key|token|secret|passwd|password|pass|pat|auth|credential)s?` +
      `["'\`]?\\]?\\s{0,4}(?:=>|:=|=|:)\\s{0,4}["'\`]?(${value})(?![A-Za-z0-9_-])`,
    'i',
  );
}
