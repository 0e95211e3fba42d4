/** Code of other languages on a command line: as far as it calls a shell or deletes trees, it is judged too. */
import { optionValues } from './options.ts';
import type { ProgramCall } from './program-call.ts';
import { readsInput, SHELLS } from './unwrap.ts';

const LANGUAGES: ReadonlySet<string> = new Set(
  'python pypy node nodejs deno bun perl ruby php lua tclsh osascript awk gawk mawk nawk tsx'.split(' '),
);

/** Code given on the command line or in a here-document. */
export function inlineCode(call: ProgramCall): readonly string[] {
  const given = optionValues(call.args, ['-c', '-e', '-p', '-r', '--eval', '--print', '-E']);
  if (given.length > 0) return given;
  if (/awk$/.test(call.program)) return call.args;
  return call.input !== undefined && readsInput(call) ? [call.input] : [];
}

/** The shell scripts that code of another language hands to a shell, and its recursive deletions as `rm -r`. */
export function embeddedScripts(call: ProgramCall): readonly string[] {
  if (SHELLS.has(call.program) || !LANGUAGES.has(call.program)) return [];
  return inlineCode(call).flatMap(scriptsInCode);
}

const CODE_CHARACTERS_MAX = 64 * 1_024;
const SCRIPTS_MAX = 50;

const SHELL_CALL =
  /\b(?:system|popen|execSync|execFileSync|exec|spawnSync|spawn|shell_exec|passthru|check_output|check_call|Popen|run|call|do shell script)\s*\(?\s*(\[?)\s*(["'`])((?:\\.|(?!\2)[^\\\n]){1,4096})\2((?:\s*,\s*\[?\s*(["'])(?:\\.|(?!\5)[^\\\n]){0,1024}\5)*)/g;
const TREE_REMOVAL =
  /\b(?:rmtree|rmSync|rmdirSync|rm_rf|rm_r|remove_dir_all|RemoveAll|rimraf(?:\.sync)?|removeSync|emptyDirSync|fs\.rm)\s*\(\s*(["'`])((?:\\.|(?!\1)[^\\\n]){1,1024})\1/g;

export function scriptsInCode(code: string): readonly string[] {
  const text = code.slice(0, CODE_CHARACTERS_MAX);
  const scripts: string[] = [];
  for (const match of text.matchAll(SHELL_CALL)) {
    const first = match[3] ?? '';
    const others = match[4] ?? '';
    const words = [...others.matchAll(/(["'])((?:\\.|(?!\1)[^\\])*)\1/g)].map(
      ([, , word]) => `'${(word ?? '').replaceAll("'", "'\\''")}'`,
    );
    scripts.push(others === '' ? withoutBackslashes(first) : [first, ...words].join(' '));
    if (scripts.length === SCRIPTS_MAX) break;
  }
  for (const match of text.matchAll(TREE_REMOVAL)) {
    scripts.push(`rm -r '${(match[2] ?? '').replaceAll("'", '')}'`);
    if (scripts.length >= 2 * SCRIPTS_MAX) break;
  }
  return scripts;
}

function withoutBackslashes(text: string): string {
  return text.replaceAll(/\\(["'`\\])/g, '$1');
}
