import { COMMAND_GROUPS } from '../command-groups.ts';
import { COMMAND_TABLE } from '../command-table.ts';
import type { CliServices } from '../services.ts';
import { candidatesFor } from './candidates.ts';
import { type Candidate, knownNames } from './known-names.ts';

/** What a candidate may hold: a shell takes it as it is, so nothing that a shell could read as more than a word. */
const PLAIN_WORD = /^[\w.@:/=+,-]+$/;

/**
 * The answer to a completion script, of those candidates that begin as the last word does. A name that cannot be asked
 * for is no candidate: nobody waits for an error, or for a server, while typing.
 */
export async function complete(
  words: readonly string[],
  openServices: () => Promise<CliServices>,
): Promise<readonly string[]> {
  let services: Promise<CliServices> | undefined;
  try {
    const { candidates, takesFile } = await candidatesFor(words, {
      table: COMMAND_TABLE,
      groups: COMMAND_GROUPS,
      async known(kind) {
        try {
          services = openServices();
          return await knownNames(kind, await services);
        } catch {
          return [];
        }
      },
    });
    const start = words.at(-1) ?? '';
    const fitting = candidates.filter(({ value }) => value.startsWith(start) && PLAIN_WORD.test(value));
    return [...fitting.map(lineOf), ...(takesFile ? [':files'] : [])];
  } finally {
    await services?.then((opened) => opened.close()).catch(() => undefined);
  }
}

function lineOf({ value, summary }: Candidate): string {
  const shown = summary.replace(/[\p{C}\s]+/gu, ' ').trim();
  return shown === '' ? value : `${value}\t${shown}`;
}
