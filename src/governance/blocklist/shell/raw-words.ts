import { type ProgramCall, programName } from './program-call.ts';

const CALLS_MAX = 20_000;
const ARGUMENTS_MAX = 30;
const NAMES_MAX = 10_000;

/**
 * For text that no shell grammar explains: every word could be a program, with the words after it up to the next
 * separator as its arguments. It sees too much rather than too little.
 */
export function rawCalls(text: string, isProgram: (name: string) => boolean): readonly ProgramCall[] {
  const calls: ProgramCall[] = [];
  const names = new Map<string, string>();
  function nameOf(word: string): string {
    const known = names.get(word) ?? programName(word.replaceAll('\\', ''));
    if (names.size < NAMES_MAX) names.set(word, known);
    return known;
  }
  for (const line of text.split(/[\n\r;|&]+/)) {
    const words = line.split(/[\s()<>`'"{}]+/).filter((word) => word !== '');
    for (const [index, word] of words.entries()) {
      const program = nameOf(word);
      if (!isProgram(program)) continue;
      const args = words.slice(index + 1, index + 1 + ARGUMENTS_MAX);
      calls.push({ program, args, input: undefined, directory: undefined, feeds: [], substituted: [] });
      if (calls.length === CALLS_MAX) return calls;
    }
  }
  return calls;
}
