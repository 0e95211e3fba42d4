import { chmod, lstat, mkdir, realpath, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { systemCodeOf } from '../errors.ts';

/** The account that runs PostgreSQL when it cannot be ours. */
export type ServerUser = { readonly uid: number; readonly gid: number };

/** `nobody` on every Linux and, as an unprivileged number, on everything else: it needs no entry in /etc/passwd. */
const UNPRIVILEGED: ServerUser = { uid: 65_534, gid: 65_534 };

/** PostgreSQL refuses to run as root: then it runs as an unprivileged account, otherwise (undefined) as ourselves. */
export function serverUserFor(ourUid: number | undefined): ServerUser | undefined {
  return ourUid === 0 ? UNPRIVILEGED : undefined;
}

/** Whether `user` may pass through every directory down to and including `directory`. */
export async function canEnter(directory: string, user: ServerUser | undefined): Promise<boolean> {
  if (user === undefined) return true;
  for (let path = await realpath(directory); ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    const mask = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & mask) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Makes and returns the first of `candidates` that can be made, is ours alone to write, and that `user` may enter. */
export async function firstEnterable(
  candidates: readonly string[],
  user: ServerUser | undefined,
): Promise<string | undefined> {
  for (const candidate of candidates) {
    try {
      await makePassage(candidate);
      if ((await isOurs(candidate)) && (await canEnter(candidate, user))) return candidate;
      // Only what was just made is empty; anything else stays.
      await rmdir(candidate);
    } catch (error) {
      if (!UNUSABLE.has(systemCodeOf(error) ?? '')) throw error;
    }
  }
  return undefined;
}

/** Makes a directory that others may pass through but not list, whatever the umask says. */
export async function makePassage(directory: string): Promise<void> {
  const made = await mkdir(directory, { recursive: true, mode: 0o711 });
  if (made !== undefined) await chmod(directory, 0o711);
}

/** In the temporary directory anybody may have made this directory before us, with programs of their own in it. */
async function isOurs(directory: string): Promise<boolean> {
  const found = await lstat(directory);
  return found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0;
}

const UNUSABLE: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'ENOTEMPTY',
  'ENOSPC',
]);

/**
 * Where things of ours may stand that the server account must reach and that the home cannot hold, best first. What
 * belongs to a home in the temporary directory is not expected to last either.
 */
export function sharedRoots(home: string, temporaryDirectory: string): readonly string[] {
  const lasting = '/var/lib/systemprompt';
  const temporary = join(temporaryDirectory, 'systemprompt-postgres');
  return home.startsWith(`${resolve(temporaryDirectory)}${sep}`) ? [temporary, lasting] : [lasting, temporary];
}
