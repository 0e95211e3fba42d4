import { RootCommand } from '@bomb.sh/tab';
import { OperatingError } from '#foundation/errors';
import type { Command } from './command.ts';
import type { CommandRow } from './command-row.ts';
import { COMMAND_GROUPS, COMMAND_TABLE } from './command-table.ts';
import { findCommand } from './find-command.ts';
import { GLOBAL_PARAMETERS } from './global-options.ts';
import type { OptionParameter } from './parameters.ts';
import { effectParameters, PROGRAM_NAME } from './program.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

export function requireShell(name: string): Shell {
  const shell = SHELLS.find((candidate) => candidate === name);
  if (shell !== undefined) return shell;
  throw new OperatingError('invalid_input', 'unknown_shell', `${JSON.stringify(name)} is not a shell that we know`, {
    remedy: `one of: ${SHELLS.join(', ')}`,
  });
}

/** Prints the script to the process's standard output: the library writes it itself. */
export function printCompletionScript(shell: Shell): void {
  new RootCommand().setup(PROGRAM_NAME, PROGRAM_NAME, shell);
}

/** Prints what may follow `words`, one a line, as the scripts expect it; the library writes it itself. */
export async function printCompletions(words: readonly string[]): Promise<void> {
  const root = new RootCommand();
  for (const parameter of Object.values(GLOBAL_PARAMETERS)) addOption(root, parameter);
  for (const { path, summary } of [...COMMAND_GROUPS, ...COMMAND_TABLE]) root.command(path, summary);
  const row = rowOf(words);
  if (row !== undefined) addCommand(root, row, (await row.load()).command);
  root.parse([...words]);
}

function rowOf(words: readonly string[]): CommandRow | undefined {
  try {
    return findCommand(words, COMMAND_TABLE).row;
  } catch {
    // Half a word is no command yet.
    return undefined;
  }
}

function addCommand(root: RootCommand, row: CommandRow, command: Command): void {
  const node = root.command(row.path, row.summary);
  const parameters = [
    ...Object.values(command.options),
    ...effectParameters(command.effect),
    ...Object.values(GLOBAL_PARAMETERS),
  ];
  for (const parameter of parameters) addOption(node, parameter);
}

type Node = Pick<RootCommand, 'option'>;

function addOption(node: Node, parameter: OptionParameter<unknown>): void {
  const short = /^-(\w), /.exec(parameter.flags)?.[1];
  const long = /--([\w-]+)/.exec(parameter.flags)?.[1] ?? '';
  const { choices = [], summary } = parameter;
  const offer = (complete: (value: string, description: string) => void) => {
    for (const value of choices) complete(value, '');
  };
  if (parameter.flags.includes('<')) node.option(long, summary, offer, short);
  else if (short === undefined) node.option(long, summary);
  else node.option(long, summary, short);
}
