/** One program with its arguments, as a shell would run it, found anywhere in a script. */
export type ProgramCall = {
  /** The base name in lower case, without `.exe`; `>` for a redirection, whose argument is the file it truncates. */
  readonly program: string;
  /** After quoting, variables and braces; `UNKNOWN` stands where only running the script would tell. */
  readonly args: readonly string[];
  /** What stands on its standard input, where the script itself says it. */
  readonly input: string | undefined;
  /** Where it runs, as far as the script's own `cd` says that; undefined is where the script began. */
  readonly directory: string | undefined;
  /** The calls before it in its pipeline. */
  readonly feeds: readonly ProgramCall[];
  /** The calls whose output stands in its arguments: `$(...)`, backticks, `<(...)`. */
  readonly substituted: readonly ProgramCall[];
};

/** A noncharacter: no text that a caller sends holds it, because it is taken out first. */
export const UNKNOWN = '\uFFFF';

/** `/usr/bin/RM.exe` is `rm`; versions and variants of one program are that program. */
export function programName(word: string): string {
  const base = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);
  return base
    .toLowerCase()
    .replace(/\.exe$/, '')
    .replace(/^(mkfs|newfs)[._].*$/, '$1')
    .replace(/^(python|pypy|ruby|perl|php|lua|node)[\d.]+$/, '$1');
}

export function hasUnknown(word: string): boolean {
  return word.includes(UNKNOWN);
}
