import { hasUnknown, UNKNOWN } from './shell/program-call.ts';

/**
 * What a path in an argument means for somebody whose work is in the working directory.
 *
 * - `root`: the root, a drive, or everything in it;
 * - `home`: a home, everything in it, or what every home needs (`~/.ssh`, `~/Documents`);
 * - `system`: what the operating system or other people own;
 * - `here`: the whole working directory, by name or by a glob over everything;
 * - `outside`: what the working directory's parents hold;
 * - `unknown`: begins with something that only running would tell;
 * - `ordinary`: anything else, such as `node_modules`, `./build/*`, `/tmp/x`, `/home/me/project/dist`.
 */
export type PathClass = 'root' | 'home' | 'system' | 'here' | 'outside' | 'unknown' | 'ordinary';

const SYSTEM_DIRECTORIES: ReadonlySet<string> = new Set(
  (
    'bin boot dev etc lib lib32 lib64 libx32 lost+found media mnt opt proc run sbin srv sys usr var nix snap ' +
    'system library applications volumes cores windows'
  ).split(' '),
);

/** What is lost most painfully directly below a home. */
const PRECIOUS_AT_HOME =
  /^(?:\.ssh|\.gnupg|\.aws|\.kube|\.azure|\.config|\.local|\.docker|\.mozilla|\.password-store|documents|desktop|downloads|pictures|music|videos|movies|library)$/i;
const SECRET_AT_HOME = /^(?:\.ssh|\.gnupg|\.aws|\.kube|\.azure|\.password-store)$/;

export function classifyPath(path: string): PathClass {
  const text = path.replaceAll('\\', '/');
  if (text.startsWith(UNKNOWN)) return 'unknown';
  const drive = /^[A-Za-z]:(.*)$/s.exec(text);
  if (drive !== null) return classifyDrive(drive[1] ?? '');
  if (/^(?:~|\/~)/.test(text)) return classifyHome(stepsOf(text).slice(1));
  if (text.startsWith('/')) return classifyAbsolute(stepsOf(text));
  return classifyRelative(text);
}

/** The path as it is meant in `directory`; undefined is the working directory itself. */
export function pathFrom(directory: string | undefined, path: string): string {
  const isFixed = /^(?:[/~]|[A-Za-z]:)/.test(path) || path.startsWith(UNKNOWN);
  return directory === undefined || isFixed ? path : `${directory}/${path}`;
}

/** Whether the path, whatever it says of files there, is one that the operating system needs to start. */
export function isCoreSystemPath(path: string): boolean {
  const [first = ''] = stepsOf(path);
  return (
    path.startsWith('/') && /^(?:etc|bin|sbin|lib|lib32|lib64|usr|boot)$/.test(first) && !/^\/usr\/local\//.test(path)
  );
}

/** A block or character device; not the harmless ones that scripts write to. */
export function isDevice(path: string): boolean {
  if (!/^(?:\/dev\/|\\\\\.\\)/.test(path)) return false;
  return !/^\/dev\/(?:null|zero|full|u?random|std(?:in|out|err)|tty|console|ptmx|fd\/|shm\/|pts\/|tcp\/|udp\/)/.test(
    path,
  );
}

/** The steps of a path, with `.` and `..` done; `..` that climbs above the start stays. */
function stepsOf(path: string): readonly string[] {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else if (step !== '..' || !path.startsWith('/')) steps.push(step);
  }
  return steps;
}

/** A glob over everything: `*`, `.*`, `*.*`, `.[!.]*`, `{*,.*}`. */
function isEverything(step: string): boolean {
  return /^[*.?!{},[\]^]*\*[*.?!{},[\]^]*$/.test(step);
}

function classifyAbsolute(steps: readonly string[]): PathClass {
  const [first = '', second, ...deeper] = steps;
  if (steps.length === 0 || isEverything(first) || hasUnknown(first)) return 'root';
  const top = first.toLowerCase();
  if (top === 'root') return classifyHome(steps.slice(1));
  if (top === 'home' || top === 'users') return second === undefined ? 'home' : classifyHome(deeper);
  if (top === 'tmp' || (top === 'var' && (second === 'tmp' || second === 'folders'))) {
    const below = top === 'tmp' ? steps.slice(1) : deeper;
    return below.length === 0 || isEverything(below[0] ?? '') ? 'system' : 'ordinary';
  }
  if (top === 'private') return classifyAbsolute(steps.slice(1));
  if (SYSTEM_DIRECTORIES.has(top) || second === undefined || isEverything(second)) return 'system';
  return 'ordinary';
}

/** `steps` are those below the home. */
function classifyHome(steps: readonly string[]): PathClass {
  const [first, second] = steps;
  if (first === undefined || isEverything(first) || hasUnknown(first) || first === '..') return 'home';
  if (SECRET_AT_HOME.test(first)) return 'home';
  return PRECIOUS_AT_HOME.test(first) && (second === undefined || isEverything(second)) ? 'home' : 'ordinary';
}

function classifyRelative(path: string): PathClass {
  const steps = stepsOf(path);
  if (steps[0] === '..') return 'outside';
  const [first, second] = steps;
  if (first === undefined) return path === '' ? 'ordinary' : 'here';
  return isEverything(first) && second === undefined ? 'here' : 'ordinary';
}

function classifyDrive(rest: string): PathClass {
  const steps = stepsOf(rest);
  const [first = ''] = steps;
  if (steps.length === 0 || isEverything(first)) return 'root';
  if (/^users$/i.test(first)) return steps.length < 3 ? 'home' : 'ordinary';
  return /^(?:windows|program files.*|programdata)$/i.test(first) ? 'system' : 'ordinary';
}
