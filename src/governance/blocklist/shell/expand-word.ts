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

/** Runs a substitution in the head where that is easy; undefined otherwise. */
export type Evaluate = (script: ParsedScript) => string | undefined;

const ALTERNATIVES_MAX = 16;

/** Stands for a blank at which an unquoted expansion is split into fields. */
const SPLIT = '\uFFFE';

/** The fields that a word becomes; alternatives of a variable stand one after the other. */
export function expandWord(word: Word, variables: Variables, evaluate: Evaluate): readonly string[] {
  const { parts } = word;
  if (parts === undefined) return [word.value];
  return expandParts(parts, variables, evaluate).flatMap((text) =>
    text.includes(SPLIT) ? text.split(SPLIT).filter((field) => field !== '') : [text],
  );
}

function expandParts(parts: readonly WordPart[], variables: Variables, evaluate: Evaluate): readonly string[] {
  let texts: readonly string[] = [''];
  for (const part of parts) {
    const endings = expandPart(part, variables, evaluate);
    const joined: string[] = [];
    for (const text of texts) for (const ending of endings) joined.push(text + ending);
    texts = joined.slice(0, ALTERNATIVES_MAX);
  }
  return texts;
}

function expandPart(part: WordPart, variables: Variables, evaluate: Evaluate): readonly string[] {
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
      return expandParts(part.parts, variables, evaluate).map((text) => text.replaceAll(SPLIT, ' '));
    case 'SimpleExpansion':
      return splitting(valuesOf(part.text.slice(1), variables));
    case 'ParameterExpansion':
      return splitting(expandParameter(part, variables, evaluate));
    case 'CommandExpansion':
      return splitting([(part.script === undefined ? undefined : evaluate(part.script)) ?? UNKNOWN]);
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
  variables: Variables,
  evaluate: Evaluate,
): readonly string[] {
  const { operation } = part;
  if (part.prefix !== undefined || part.index !== undefined) return [UNKNOWN];
  if (operation === undefined) return valuesOf(part.parameter, variables);
  if (operation.type !== 'Default') return [UNKNOWN];
  const fallback = expandWord(operation.operand, variables, evaluate).join(' ');
  const known = variables.get(part.parameter) ?? WELL_KNOWN_VARIABLES.get(part.parameter);
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
