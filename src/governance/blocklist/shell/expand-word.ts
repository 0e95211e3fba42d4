import type { ParsedScript, Word, WordPart } from 'unbash';
import { UNKNOWN } from './program-call.ts';

/** What a variable may hold at this point of the script; several values where the script does not tell which. */
export type Variables = Map<string, readonly string[]>;

/** What the caller knows about the machine without looking: enough to see `$HOME` for what it is. */
export const WELL_KNOWN_VARIABLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['HOME', ['~']],
  ['USERPROFILE', ['~']],
  ['PWD', ['.']],
  ['IFS', [' ']],
  ['TMPDIR', ['/tmp/directory']],
  ['TEMP', ['/tmp/directory']],
  ['TMP', ['/tmp/directory']],
  ['CI_PROJECT_DIR', ['.']],
  ['GITHUB_WORKSPACE', ['.']],
]);

export type Environment = {
  readonly variables: Variables;
  /** Runs a substitution in the head where that is easy; undefined otherwise. */
  evaluate(script: ParsedScript): string | undefined;
  /** A variable made a word longer than is followed, as one does that is doubled over and over. */
  onTooLong(): void;
};

const ALTERNATIVES_MAX = 16;

/** UTF-16 units of a word into which variables were put. */
const WORD_CHARACTERS_MAX = 16 * 1_024;

/** Stands for a blank at which an unquoted expansion is split into fields. */
const SPLIT = '\uFFFE';

/** The fields that a word becomes; alternatives of a variable stand one after the other. */
export function expandWord(word: Word, environment: Environment): readonly string[] {
  const { parts } = word;
  if (parts === undefined) return [word.value];
  return expandParts(parts, environment).flatMap((text) =>
    text.includes(SPLIT) ? text.split(SPLIT).filter((field) => field !== '') : [text],
  );
}

function expandParts(parts: readonly WordPart[], environment: Environment): readonly string[] {
  let texts: readonly string[] = [''];
  for (const part of parts) {
    const endings = expandPart(part, environment);
    const joined: string[] = [];
    for (const text of texts) for (const ending of endings) joined.push(join(text, ending, part, environment));
    texts = joined.slice(0, ALTERNATIVES_MAX);
  }
  return texts;
}

function join(text: string, ending: string, part: WordPart, environment: Environment): string {
  const isVariable = part.type === 'SimpleExpansion' || part.type === 'ParameterExpansion';
  if (!isVariable || text.length + ending.length <= WORD_CHARACTERS_MAX) return text + ending;
  environment.onTooLong();
  return UNKNOWN;
}

function expandPart(part: WordPart, environment: Environment): readonly string[] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [part.value];
    case 'Glob':
    case 'ExtendedGlob':
      return [part.text];
    case 'DoubleQuoted':
    case 'LocaleString':
      return expandParts(part.parts, environment).map((text) => text.replaceAll(SPLIT, ' '));
    case 'SimpleExpansion':
      return splitting(valuesOf(part.text.slice(1), environment.variables));
    case 'ParameterExpansion':
      return splitting(expandParameter(part, environment));
    case 'CommandExpansion':
      return splitting([(part.script === undefined ? undefined : environment.evaluate(part.script)) ?? UNKNOWN]);
    case 'ArithmeticExpansion':
      return ['0'];
    case 'ProcessSubstitution':
      return ['/dev/fd/63'];
    case 'BraceExpansion':
      return braceAlternatives(part.text);
  }
}

function splitting(values: readonly string[]): readonly string[] {
  return values.map((value) => value.replaceAll(/[ \t\n]+/g, SPLIT));
}

function valuesOf(name: string, variables: Variables): readonly string[] {
  return variables.get(name) ?? WELL_KNOWN_VARIABLES.get(name) ?? [UNKNOWN];
}

function expandParameter(
  part: Extract<WordPart, { type: 'ParameterExpansion' }>,
  environment: Environment,
): readonly string[] {
  const { operation } = part;
  if (part.prefix !== undefined || part.index !== undefined) return [UNKNOWN];
  if (operation === undefined) return valuesOf(part.parameter, environment.variables);
  if (operation.type !== 'Default') return [UNKNOWN];
  const fallback = expandWord(operation.operand, environment).join(' ');
  const known = environment.variables.get(part.parameter) ?? WELL_KNOWN_VARIABLES.get(part.parameter);
  if (operation.operator.endsWith('+')) return ['', fallback];
  if (operation.operator.endsWith('?')) return known ?? [UNKNOWN];
  return known ?? [UNKNOWN, fallback];
}

/** `{a,b}` as `a` and `b`; ranges and nested braces stay one text of unknown end. */
function braceAlternatives(text: string): readonly string[] {
  const inner = text.slice(1, -1);
  if (inner.includes('{')) return [UNKNOWN];
  return inner.includes(',') ? inner.split(',').map((piece) => piece.replaceAll(/["'\\]/g, '')) : [UNKNOWN];
}
