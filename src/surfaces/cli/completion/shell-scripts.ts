/**
 * The scripts stand in `bin/completion`. Each asks the program itself, `systemprompt complete -- <words>`: one
 * candidate a line, its summary after a tab; the line `:files` says that files fit as well.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatingError } from '#foundation/errors';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

const SCRIPTS = join(import.meta.dirname, '..', '..', '..', '..', 'bin', 'completion');

export function requireShell(name: string): Shell {
  const shell = SHELLS.find((candidate) => candidate === name);
  if (shell !== undefined) return shell;
  throw new OperatingError('invalid_input', 'unknown_shell', `${JSON.stringify(name)} is not a shell that we know`, {
    remedy: `one of: ${SHELLS.join(', ')}`,
  });
}

export function completionScript(shell: Shell): Promise<string> {
  return readFile(join(SCRIPTS, `systemprompt.${shell}`), 'utf8');
}
