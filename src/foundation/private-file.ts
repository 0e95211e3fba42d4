/**
 * Files that only their owner may read: keys, the secret store. A file that somebody else could have read or swapped
 * is refused with the command that mends it, and a write is either wholly there after a crash or not at all.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OperatingError, systemCodeOf } from './errors.ts';
import type { IdSource } from './ids.ts';

const GROUP_AND_OTHERS = 0o077;
const WRITE_BY_GROUP_AND_OTHERS = 0o022;
const STICKY = 0o1000;

/** What a crash may leave behind; whoever owns the directory removes it. */
export const TEMPORARY_SUFFIX = '.tmp';

/** The bytes of the file, or undefined when there is none; throws `forbidden` when others could read or swap it. */
export function readPrivateFile(path: string, bytesMax: number): Buffer | undefined {
  let file: number;
  try {
    // O_NOFOLLOW: a link could point at a file that somebody else exchanges between the check and the read.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    if (systemCodeOf(error) === 'ELOOP')
      throw unsafe(path, 'is a symbolic link', `replace the link by the file itself`);
    throw unreadable(path, error);
  }
  try {
    const stats = fstatSync(file);
    requirePrivate(path, stats);
    if (stats.size > bytesMax) {
      throw new OperatingError('too_large', 'private_file_too_large', `${path} holds more than ${bytesMax} bytes`, {
        where: path,
        remedy: 'restore the file from a backup',
      });
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function requirePrivate(path: string, stats: Stats): void {
  if (!stats.isFile()) throw unsafe(path, 'is not a regular file', 'put the file itself there');
  if (process.getuid !== undefined && stats.uid !== process.getuid()) {
    throw unsafe(path, `belongs to user ${stats.uid}`, `chown ${process.getuid()} ${path}`);
  }
  if (process.platform !== 'win32' && (stats.mode & GROUP_AND_OTHERS) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    throw unsafe(path, `has mode ${mode}, so others may read or write it`, `chmod 600 ${path}`);
  }
}

/** Makes the directory 0700 when it is missing; throws `forbidden` when others may exchange the files in it. */
export function ensurePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw unsafe(path, 'is not a directory of its own', 'put a real directory there');
  if (process.platform === 'win32' || process.getuid === undefined) return;
  if (stats.uid !== process.getuid()) {
    throw unsafe(path, `belongs to user ${stats.uid}`, `chown ${process.getuid()} ${path}`);
  }
  if ((stats.mode & WRITE_BY_GROUP_AND_OTHERS) !== 0 && (stats.mode & STICKY) === 0) {
    throw unsafe(path, 'is writable by others', `chmod 700 ${path}`);
  }
}

/** The moments at which a crash would leave different things behind; tests stop there. */
export type WriteStep = 'before_write' | 'written' | 'renamed' | 'done';

export type PrivateFileWriter = {
  /** Replaces the file at once: temporary file, fsync, rename, fsync of the directory. Mode 0600. */
  replace(path: string, bytes: Uint8Array): void;
  /** Makes the file; throws `conflict` when there is one already, also when two processes try at the same time. */
  create(path: string, bytes: Uint8Array): void;
};

export function createPrivateFileWriter(
  ids: IdSource,
  onStep: (step: WriteStep, path: string) => void = () => {},
): PrivateFileWriter {
  function writeTemporary(path: string, bytes: Uint8Array): string {
    const temporary = `${path}.${ids.bytes(6).toString('hex')}${TEMPORARY_SUFFIX}`;
    try {
      writeWhole(temporary, bytes);
    } catch (error) {
      removeIfThere(temporary);
      throw unwritable(path, error);
    }
    return temporary;
  }

  return {
    replace(path, bytes) {
      onStep('before_write', path);
      const temporary = writeTemporary(path, bytes);
      onStep('written', path);
      renameSync(temporary, path);
      onStep('renamed', path);
      syncDirectory(dirname(path));
      onStep('done', path);
    },
    create(path, bytes) {
      const temporary = writeTemporary(path, bytes);
      try {
        // A link fails where the name is taken, so of two processes one wins, and no reader sees half a file.
        linkSync(temporary, path);
      } catch (error) {
        if (systemCodeOf(error) !== 'EEXIST') throw unwritable(path, error);
        throw new OperatingError('conflict', 'private_file_exists', `${path} exists already`, { where: path });
      } finally {
        removeIfThere(temporary);
      }
      syncDirectory(dirname(path));
    },
  };
}

function writeWhole(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    // The mode given to open is narrowed by the umask and never widened; chmod makes it exact.
    fchmodSync(file, 0o600);
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
}

/** Makes a rename or an unlink durable. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function unsafe(path: string, problem: string, remedy: string): OperatingError {
  return new OperatingError('forbidden', 'private_file_unsafe', `${path} ${problem}`, { where: path, remedy });
}

function unreadable(path: string, cause: unknown): OperatingError {
  const reason = systemCodeOf(cause) ?? 'unknown error';
  return new OperatingError('unavailable', 'private_file_unreadable', `cannot read ${path} (${reason})`, {
    where: path,
    remedy: 'systemprompt doctor',
    cause,
  });
}

function unwritable(path: string, cause: unknown): OperatingError {
  const reason = systemCodeOf(cause) ?? 'unknown error';
  return new OperatingError('unavailable', 'private_file_unwritable', `cannot write ${path} (${reason})`, {
    where: path,
    remedy: `check the free space and the permissions of ${dirname(path)}`,
    cause,
  });
}
