/** Programs that run another program: what they run is judged as if it stood there by itself. */
import { optionValues, readOptions } from './options.ts';
import { type ProgramCall, programName, UNKNOWN } from './program-call.ts';

export type Wrapped = {
  /** Words that are run as a program with its arguments. */
  readonly calls: readonly (readonly string[])[];
  /** Texts that are run by a shell. */
  readonly scripts: readonly string[];
};

export const SHELLS: ReadonlySet<string> = new Set([
  'sh',
  'bash',
  'zsh',
  'dash',
  'ksh',
  'ash',
  'fish',
  'rbash',
  'mksh',
]);

/** Options that take a value, of programs that run the rest of their arguments. */
const PREFIX_PROGRAMS: Readonly<Record<string, { readonly valued: readonly string[]; readonly operands?: number }>> = {
  sudo: { valued: ['-u', '-g', '-h', '-p', '-C', '-r', '-t', '-T', '-U', '-D', '-R', '--user', '--group', '--host'] },
  doas: { valued: ['-u', '-C'] },
  pkexec: { valued: ['--user'] },
  nohup: { valued: [] },
  setsid: { valued: [] },
  stdbuf: { valued: ['-i', '-o', '-e'] },
  nice: { valued: ['-n', '--adjustment'] },
  ionice: { valued: ['-c', '-n', '-p', '--class', '--classdata'] },
  time: { valued: ['-f', '-o'] },
  timeout: { valued: ['-s', '-k', '--signal', '--kill-after'], operands: 1 },
  command: { valued: [] },
  builtin: { valued: [] },
  exec: { valued: ['-a'] },
  chroot: { valued: [], operands: 1 },
  unshare: { valued: [] },
  setarch: { valued: [], operands: 1 },
  taskset: { valued: [], operands: 1 },
  chrt: { valued: [], operands: 1 },
  watch: { valued: ['-n', '--interval'] },
  strace: { valued: ['-e', '-o', '-p', '-s', '-u'] },
  ltrace: { valued: ['-e', '-o', '-p', '-s', '-u'] },
  caffeinate: { valued: ['-t', '-w'] },
  unbuffer: { valued: [] },
  chronic: { valued: [] },
  busybox: { valued: [] },
  toybox: { valued: [] },
  'systemd-run': { valued: ['-p', '--property', '--unit', '-t', '--slice', '--uid'] },
  parallel: { valued: ['-j', '--jobs', '-a', '-I', '--colsep'] },
  dotenv: { valued: ['-e', '-f'] },
};

/** Programs whose own operands come before what they run; what they run is the first program that a rule knows. */
const SEARCHED_PROGRAMS: ReadonlySet<string> = new Set([
  'docker',
  'podman',
  'nerdctl',
  'docker-compose',
  'kubectl',
  'oc',
  'nsenter',
  'lxc',
  'lxc-attach',
  'firejail',
  'bwrap',
  'flock',
  'npx',
  'bunx',
  'pnpm',
  'yarn',
  'npm',
  'uv',
  'uvx',
  'poetry',
  'pipenv',
  'bundle',
  'mise',
  'direnv',
  'nix-shell',
  'tmux',
  'screen',
]);

export function unwrap(call: ProgramCall, isProgram: (name: string) => boolean): Wrapped {
  const { program, args } = call;
  if (SHELLS.has(program)) return { calls: [], scripts: shellScripts(call) };
  if (program === 'eval') return scriptOf(args);
  if (program === 'env') return unwrapEnv(args);
  if (program === 'xargs') return { calls: [unwrapXargs(call)], scripts: [] };
  if (program === 'su' || program === 'runuser') return { calls: [], scripts: optionValues(args, ['-c', '--command']) };
  if (program === 'script') return { calls: [], scripts: optionValues(args, ['-c', '--command']) };
  if (program === 'ssh') return scriptOf(readOptions(args, SSH_VALUED).operands.slice(1));
  if (program === 'find') return { calls: findExecuted(args), scripts: [] };
  if (program === 'cmd') return scriptOf(args.slice(1 + args.findIndex((arg) => /^\/[ck]$/i.test(arg))));
  if (program === 'powershell' || program === 'pwsh') return { calls: [], scripts: powershellScripts(args) };
  const prefix = PREFIX_PROGRAMS[program];
  if (prefix !== undefined) return { calls: [restAfter(args, prefix.valued, prefix.operands ?? 0)], scripts: [] };
  if (SEARCHED_PROGRAMS.has(program)) return { calls: searched(args, isProgram), scripts: flockScripts(call) };
  return NOTHING;
}

const NOTHING: Wrapped = { calls: [], scripts: [] };
const SSH_VALUED = [
  '-b',
  '-c',
  '-D',
  '-E',
  '-e',
  '-F',
  '-I',
  '-i',
  '-J',
  '-L',
  '-l',
  '-m',
  '-O',
  '-o',
  '-p',
  '-R',
  '-W',
];

function scriptOf(words: readonly string[]): Wrapped {
  return words.length === 0 ? NOTHING : { calls: [], scripts: [words.join(' ')] };
}

/** `-c text`, or what is piped in when no file is named. */
function shellScripts(call: ProgramCall): readonly string[] {
  const given = optionValues(call.args, ['-c', '--command']).slice(0, 1);
  if (given.length > 0) return given;
  return call.input !== undefined && readsInput(call) ? [call.input] : [];
}

/** Whether an interpreter runs what stands on its standard input: no file is named, or standard input is. */
export function readsInput(call: ProgramCall): boolean {
  const { has, operands } = readOptions(call.args, ['-O', '-o', '+O', '--rcfile', '--init-file']);
  if (has('s')) return true;
  const [first] = operands;
  return first === undefined || first === '-' || first === '/dev/stdin' || first === '/dev/fd/0';
}

function restAfter(args: readonly string[], valued: readonly string[], operands: number): readonly string[] {
  let index = 0;
  let skipped = 0;
  for (; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') continue;
    if (valued.includes(arg)) index++;
    else if (arg.startsWith('-') && arg.length > 1) continue;
    else if (/^[A-Za-z_]\w*=/.test(arg)) continue;
    else if (skipped < operands) skipped++;
    else break;
  }
  return args.slice(index);
}

function unwrapEnv(args: readonly string[]): Wrapped {
  const split = optionValues(args, ['-S', '--split-string']);
  if (split.length > 0) return { calls: [], scripts: split };
  return { calls: [restAfter(args, ['-u', '--unset', '-C', '--chdir'], 0)], scripts: [] };
}

const XARGS_VALUED = ['-I', '-n', '-P', '-d', '-L', '-s', '-E', '-a', '--max-args', '--max-procs', '--delimiter'];

/** What `xargs` runs, with what it is fed where the script says that. */
function unwrapXargs(call: ProgramCall): readonly string[] {
  const words = restAfter(call.args, XARGS_VALUED, 0);
  if (words.length === 0) return [];
  const fed = fedWords(call);
  const [place] = optionValues(call.args, ['-I']);
  if (place === undefined) return [...words, ...fed];
  return words.flatMap((word) => (word.includes(place) ? fed.map((item) => word.replaceAll(place, item)) : [word]));
}

/** Programs that list files below where they run. */
const LISTERS: ReadonlySet<string> = new Set(['ls', 'fd', 'fdfind', 'rg', 'grep', 'git', 'tree', 'locate']);

function fedWords(call: ProgramCall): readonly string[] {
  if (call.input !== undefined) return call.input.split(/[\s\0]+/).filter((word) => word !== '');
  const lister = call.feeds.find(({ program }) => program === 'find' || LISTERS.has(program));
  if (lister === undefined) return [UNKNOWN];
  if (lister.program === 'find') return foundPaths(lister.args);
  return ['./listed'];
}

const FIND_FILTER =
  /^-(?:i?name|i?path|i?regex|[acm]?newer|[acm](?:time|min)|size|empty|perm|user|group|links|inum|samefile)/;

/** What `find` finds: something below its starting points when it filters, else the starting points themselves. */
export function foundPaths(args: readonly string[]): readonly string[] {
  const expression = args.findIndex((arg) => /^[-!(]/.test(arg));
  const starts = expression < 0 ? args : args.slice(0, expression);
  const isFiltered = args.some((arg) => FIND_FILTER.test(arg));
  return (starts.length === 0 ? ['.'] : starts).map((start) => (isFiltered ? `${start}/found` : start));
}

function findExecuted(args: readonly string[]): readonly (readonly string[])[] {
  const paths = foundPaths(args);
  const calls: (readonly string[])[] = [];
  for (const [index, arg] of args.entries()) {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(arg)) continue;
    const rest = args.slice(index + 1);
    const end = rest.findIndex((word) => word === ';' || word === '+');
    const words = end < 0 ? rest : rest.slice(0, end);
    calls.push(
      words.flatMap((word) => (word.includes('{}') ? paths.map((path) => word.replaceAll('{}', path)) : [word])),
    );
  }
  return calls;
}

function powershellScripts(args: readonly string[]): readonly string[] {
  const start = args.findIndex((arg) => /^-c(?:ommand)?$/i.test(arg));
  if (start >= 0) return [args.slice(start + 1).join(' ')];
  return args.some((arg) => arg.startsWith('-')) ? [] : [args.join(' ')];
}

/** Words of the searching programs themselves, which also are names of programs. */
const OWN_VERBS: ReadonlySet<string> = new Set(['exec', 'run', 'init', 'kill', 'service', 'format', 'mail', 'k', '.']);

function searched(args: readonly string[], isProgram: (name: string) => boolean): readonly (readonly string[])[] {
  const start = args.findIndex((arg) => {
    const name = programName(arg);
    return SHELLS.has(name) || (isProgram(name) && !OWN_VERBS.has(name));
  });
  return start < 0 ? [] : [args.slice(start)];
}

function flockScripts(call: ProgramCall): readonly string[] {
  return ['flock', 'tmux', 'screen', 'npx'].includes(call.program)
    ? optionValues(call.args, ['-c', '--command', '--call'])
    : [];
}
