import { OperatingError } from '#foundation/errors';
import { parseDurationMs } from '#foundation/time';

/** A positional argument; `parse` gets the words it took: none, one, or all that were left. */
export type ArgumentParameter<Value> = {
  readonly label: string;
  readonly summary: string;
  readonly isRest: boolean;
  parse(words: readonly string[]): Value;
};

export type OptionParameter<Value> = {
  /** As commander reads it: `-n, --limit <count>`. */
  readonly flags: string;
  readonly summary: string;
  /** The name under which commander keeps it: `dryRun` for `--dry-run`. */
  readonly attribute: string;
  readonly choices?: readonly string[];
  readonly isRequired?: boolean;
  readonly fallback?: string;
  parse(typed: unknown): Value;
};

export type ArgumentShape = Readonly<Record<string, ArgumentParameter<unknown>>>;
export type OptionShape = Readonly<Record<string, OptionParameter<unknown>>>;

export type ArgumentValues<Shape extends ArgumentShape> = {
  readonly [Key in keyof Shape]: Shape[Key] extends ArgumentParameter<infer Value> ? Value : never;
};
export type OptionValues<Shape extends OptionShape> = {
  readonly [Key in keyof Shape]: Shape[Key] extends OptionParameter<infer Value> ? Value : never;
};

export function argument(name: string, summary: string): ArgumentParameter<string> {
  return { label: `<${name}>`, summary, isRest: false, parse: ([word]) => word ?? '' };
}

export function optionalArgument(name: string, summary: string): ArgumentParameter<string | undefined> {
  return { label: `[${name}]`, summary, isRest: false, parse: ([word]) => word };
}

/** All the words that are left, at least one. */
export function restArgument(name: string, summary: string): ArgumentParameter<readonly string[]> {
  return { label: `<${name}...>`, summary, isRest: true, parse: (words) => words };
}

export function flag(flags: string, summary: string): OptionParameter<boolean> {
  return { flags, summary, attribute: attributeOf(flags), parse: (typed) => typed === true };
}

/** `--no-color`: true when it was given. Commander keeps it as `color: false`. */
export function negated(flags: string, summary: string): OptionParameter<boolean> {
  return { flags, summary, attribute: attributeOf(flags.replace('--no-', '--')), parse: (typed) => typed === false };
}

export function text(flags: string, summary: string): OptionParameter<string | undefined> {
  return { flags, summary, attribute: attributeOf(flags), parse: (typed) => wordOf(typed) };
}

export function textOr(flags: string, summary: string, fallback: string): OptionParameter<string> {
  return { ...text(flags, summary), fallback, parse: (typed) => wordOf(typed) ?? fallback };
}

export function requiredText(flags: string, summary: string): OptionParameter<string> {
  return { ...text(flags, summary), isRequired: true, parse: (typed) => wordOf(typed) ?? '' };
}

/** May be given several times, and each time may hold several words with commas between them. */
export function texts(flags: string, summary: string): OptionParameter<readonly string[]> {
  return {
    flags: flags.replace(/<(\w+)>/, '<$1...>'),
    summary,
    attribute: attributeOf(flags),
    parse: (typed) => (Array.isArray(typed) ? typed : []).flatMap((word) => String(word).split(',')).filter(Boolean),
  };
}

export function choice<const Choice extends string>(
  flags: string,
  summary: string,
  choices: readonly Choice[],
): OptionParameter<Choice | undefined> {
  return {
    ...text(flags, summary),
    choices,
    parse: (typed) => choices.find((candidate) => candidate === typed),
  };
}

export type IntegerBounds = { readonly min: number; readonly max: number };

export function integer(flags: string, summary: string, bounds: IntegerBounds): OptionParameter<number | undefined> {
  return {
    ...text(flags, summary),
    parse: (typed) => {
      const word = wordOf(typed);
      return word === undefined ? undefined : parseInteger(word, flags, bounds);
    },
  };
}

export function integerOr(
  flags: string,
  summary: string,
  bounds: IntegerBounds,
  fallback: number,
): OptionParameter<number> {
  const parameter = integer(flags, summary, bounds);
  return { ...parameter, fallback: String(fallback), parse: (typed) => parameter.parse(typed) ?? fallback };
}

/** `90s`, `15m`, `24h`, `7d`, as milliseconds. */
export function duration(flags: string, summary: string): OptionParameter<number | undefined> {
  return {
    ...text(flags, summary),
    parse: (typed) => {
      const word = wordOf(typed);
      if (word === undefined) return undefined;
      const milliseconds = parseDurationMs(word);
      if (milliseconds === undefined || milliseconds <= 0) {
        throw badValue(flags, word, 'is not a duration', 'write a number and a unit: 90s, 15m, 24h, 7d');
      }
      return milliseconds;
    },
  };
}

function parseInteger(word: string, flags: string, { min, max }: IntegerBounds): number {
  const value = /^-?\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw badValue(flags, word, 'is not a number in range', `write a whole number from ${min} to ${max}`);
}

function badValue(flags: string, word: string, problem: string, remedy: string): OperatingError {
  const where = flags.replace(/ <.*$/, '');
  return new OperatingError('invalid_input', 'option_value', `${JSON.stringify(word)} ${problem}`, { where, remedy });
}

function wordOf(typed: unknown): string | undefined {
  return typeof typed === 'string' ? typed : undefined;
}

function attributeOf(flags: string): string {
  const long = /--([\w-]+)/.exec(flags)?.[1] ?? '';
  return long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
