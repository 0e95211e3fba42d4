/**
 * What may follow the words of a command line: the next word of a command, one of its options, the value of an option,
 * or what an argument may name.
 */
import type { Command } from '../command.ts';
import type { CommandGroup, CommandRow } from '../command-row.ts';
import { childrenOf, findCommand } from '../find-command.ts';
import { GLOBAL_PARAMETERS } from '../global-options.ts';
import { HELP_TOPICS } from '../help-topics.ts';
import type { OptionParameter } from '../parameters.ts';
import { effectParameters } from '../program.ts';
import type { Candidate, NameKind } from './known-names.ts';

export type CandidatesDeps = {
  readonly table: readonly CommandRow[];
  readonly groups: readonly CommandGroup[];
  /** What this installation knows by that kind of name; none when it cannot say. */
  known(kind: NameKind): Promise<readonly Candidate[]>;
};

export type Candidates = { readonly candidates: readonly Candidate[]; readonly takesFile: boolean };

type AnyOption = OptionParameter<unknown>;

const NONE: Candidates = { candidates: [], takesFile: false };

/** The last word is the one that is being typed, perhaps empty. */
export async function candidatesFor(words: readonly string[], deps: CandidatesDeps): Promise<Candidates> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  if (before[0] === 'help') return afterHelp(before.slice(1), deps);
  const found = findOrNothing(before, deps.table);
  if (found === undefined || before.includes('--')) return NONE;
  const command = (await found.row?.load())?.command;
  const options = optionsOf(command);
  const assigned = /^(--[\w-]+)=/.exec(current)?.[1];
  if (assigned !== undefined) return prefixed(`${assigned}=`, await valuesOf(optionNamed(assigned, options), deps));
  const awaiting = optionNamed(before.at(-1), options);
  if (awaiting !== undefined && takesWord(awaiting)) return valuesOf(awaiting, deps);
  if (current.startsWith('-')) return { candidates: options.map(optionCandidate), takesFile: false };
  if (command === undefined) return { candidates: nextWords(found.path, deps), takesFile: false };
  const argument = argumentAt(command, positionAfter(found.path, before, options));
  return argument === undefined ? NONE : named([placeholderOf(argument)], deps);
}

/** Undefined for words that lead to no command: nothing follows those. */
function findOrNothing(words: readonly string[], table: readonly CommandRow[]) {
  try {
    return findCommand(words, table);
  } catch {
    return undefined;
  }
}

function afterHelp(words: readonly string[], deps: CandidatesDeps): Candidates {
  const found = findOrNothing(words, deps.table);
  if (found === undefined || found.row !== undefined) return NONE;
  const topics = HELP_TOPICS.map(({ name, summary }) => ({ value: name, summary }));
  return { candidates: [...nextWords(found.path, deps), ...(words.length === 0 ? topics : [])], takesFile: false };
}

function nextWords(path: string, { table, groups }: CandidatesDeps): readonly Candidate[] {
  const start = path === '' ? '' : `${path} `;
  const summaries = new Map([...groups, ...table].map((row) => [row.path, row.summary]));
  return childrenOf(path, table).map((value) => ({ value, summary: summaries.get(`${start}${value}`) ?? '' }));
}

function optionsOf(command: Command | undefined): readonly AnyOption[] {
  const own = command === undefined ? [] : [...Object.values(command.options), ...effectParameters(command.effect)];
  return [...own, ...Object.values(GLOBAL_PARAMETERS)];
}

/** `-n, --limit <count>` is named by `-n` and by `--limit`. */
function optionNamed(word: string | undefined, options: readonly AnyOption[]): AnyOption | undefined {
  return options.find(({ flags }) => word !== undefined && flags.replace(/ <.*$/, '').split(', ').includes(word));
}

function takesWord({ flags }: AnyOption): boolean {
  return flags.includes('<');
}

function optionCandidate({ flags, summary }: AnyOption): Candidate {
  return { value: longNameOf(flags), summary };
}

function longNameOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? '';
}

function placeholderOf(label: string): string {
  return /[<[](\w+)/.exec(label)?.[1] ?? '';
}

async function valuesOf(option: AnyOption | undefined, deps: CandidatesDeps): Promise<Candidates> {
  if (option === undefined) return NONE;
  const { flags, choices } = option;
  if (choices !== undefined) return { candidates: choices.map((value) => ({ value, summary: '' })), takesFile: false };
  return named([placeholderOf(flags), longNameOf(flags).slice(2)], deps);
}

/** What a placeholder or the name of an option stands for. */
const KINDS: ReadonlyMap<string, NameKind> = new Map([
  ['file', 'file'],
  ['directory', 'file'],
  ['user', 'user'],
  ['email', 'user'],
  ['role', 'role'],
  ['roles', 'role'],
  ['server', 'mcp_server'],
  ['table', 'table'],
  ['shell', 'shell'],
]);

async function named(names: readonly string[], deps: CandidatesDeps): Promise<Candidates> {
  const kind = names.map((name) => KINDS.get(name)).find((known) => known !== undefined);
  if (kind === undefined) return NONE;
  return { candidates: await deps.known(kind), takesFile: kind === 'file' };
}

function prefixed(start: string, { candidates, takesFile }: Candidates): Candidates {
  return { takesFile, candidates: candidates.map((one) => ({ ...one, value: `${start}${one.value}` })) };
}

/** How many arguments stand after the words of the command already. */
function positionAfter(path: string, words: readonly string[], options: readonly AnyOption[]): number {
  const plain = words.filter((word, index) => {
    const owner = optionNamed(words[index - 1], options);
    return !word.startsWith('-') && !(owner !== undefined && takesWord(owner));
  });
  return plain.length - path.split(' ').length;
}

function argumentAt(command: Command, position: number): string | undefined {
  const parameters = Object.values(command.arguments);
  const last = parameters.at(-1);
  return (parameters[position] ?? (last?.isRest === true ? last : undefined))?.label;
}
