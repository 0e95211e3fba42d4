import type { Command } from './command.ts';

/** One line of the command table: enough to list a command and to find it, without loading it. */
export type CommandRow = {
  /** The words after `systemprompt`; the file stands at `commands/<words joined by />.ts`. */
  readonly path: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
};

/** A word or words that lead to commands and are none themselves. */
export type CommandGroup = { readonly path: string; readonly summary: string };
