import { OperatingError } from '#foundation/errors';
import { nearest } from '#foundation/text';
import type { CommandRow } from './command-row.ts';
import { GLOBAL_PARAMETERS } from './global-options.ts';

export type FoundCommand = {
  /** The words that were understood; a group's when `row` is undefined, none for the program itself. */
  readonly path: string;
  readonly row: CommandRow | undefined;
};

/** Walks the words of a command line down the table; a word that leads nowhere is a usage error with the nearest. */
export function findCommand(words: readonly string[], table: readonly CommandRow[]): FoundCommand {
  let path = '';
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') break;
    if (word.startsWith('-')) {
      if (awaitsWord(word)) index++;
      continue;
    }
    const next = path === '' ? word : `${path} ${word}`;
    const row = table.find((candidate) => candidate.path === next);
    if (row !== undefined) return { path: next, row };
    if (!table.some((candidate) => candidate.path.startsWith(`${next} `))) throw unknownCommand(path, word, table);
    path = next;
  }
  return { path, row: undefined };
}

/** The words that may follow `path`, each once, in the order of the table. */
export function childrenOf(path: string, table: readonly CommandRow[]): readonly string[] {
  const start = path === '' ? '' : `${path} `;
  const children = table
    .filter((row) => row.path.startsWith(start))
    .map((row) => row.path.slice(start.length).split(' ')[0] ?? '');
  return [...new Set(children)];
}

/** Whether this option of every command takes the word after it. */
export function awaitsWord(word: string): boolean {
  return TAKES_A_WORD.has(word);
}

const TAKES_A_WORD: ReadonlySet<string> = new Set(
  Object.values(GLOBAL_PARAMETERS)
    .filter((parameter) => parameter.flags.includes('<'))
    .flatMap((parameter) => parameter.flags.replace(/ <.*$/, '').split(', ')),
);

function unknownCommand(path: string, word: string, table: readonly CommandRow[]): OperatingError {
  const children = childrenOf(path, table);
  const similar = nearest(word, children);
  // A known verb in the wrong place is worth more than a list of what would have been right.
  const elsewhere = table.find((row) => row.path.endsWith(` ${word}`) && row.path.startsWith(path));
  const full = (last: string) => ['systemprompt', path, last].filter(Boolean).join(' ');
  return new OperatingError('invalid_input', 'unknown_command', `there is no command ${JSON.stringify(full(word))}`, {
    remedy:
      similar !== undefined
        ? `did you mean \`${full(similar)}\`?`
        : elsewhere !== undefined
          ? `did you mean \`systemprompt ${elsewhere.path}\`?`
          : `one of: ${children.join(', ')} (${full('--help')})`,
  });
}
