import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** Makes and returns the first of `candidates` that can be made and that `user` may enter. */
export async function firstEnterable(
  candidates: readonly string[],
  user: ServerUser | undefined,
): Promise<string | undefined> {
  for (const candidate of candidates) {
    try {
      await mkdir(candidate, { recursive: true, mode: 0o711 });
      if (await canEnter(candidate, user)) return candidate;
    } catch (error) {
      if (!UNUSABLE.has(systemCodeOf(error) ?? '')) throw error;
    }
  }
  return undefined;
}

const UNUSABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'ENOSPC']);

/** Where things of ours stand that the server account must reach and that the home cannot hold. */
export function sharedRoots(temporaryDirectory: string): readonly string[] {
  return ['/var/lib/systemprompt', join(temporaryDirectory, 'systemprompt-postgres')];
}
