/**
 * Everything the journal does to the file system, and nothing else: one small door, so that tests can make a disk
 * full, a sync fail, a write tear, or a process die at a named step.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** One open segment. The journal never has two operations on it in flight. */
export type AppendFile = {
  /** Writes the buffers one after the other at the end: all of them, or rejects. */
  append(buffers: readonly Uint8Array[]): Promise<void>;
  /** Returns when what was appended is on the medium. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
};

export type JournalFiles = {
  /** Makes the directory (0700) and those above it, durably. */
  makeDirectory(path: string): Promise<void>;
  /** The names in the directory, sorted; none when it does not exist. */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<Buffer>;
  /** At most `bytesMax` bytes from `offset`; fewer at the end of the file. */
  readFrom(path: string, offset: number, bytesMax: number): Promise<Buffer>;
  size(path: string): Promise<number>;
  /** Puts a file in place (0600): after a crash it is there whole and durable, or as it was before. */
  replace(path: string, content: Uint8Array): Promise<void>;
  openAppend(path: string): Promise<AppendFile>;
  remove(path: string): Promise<void>;
};

/** What `replace` writes to before it renames; a crash may leave one behind. */
export const UNFINISHED_SUFFIX = '.unfinished';

const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

export const systemJournalFiles: JournalFiles = {
  async makeDirectory(path) {
    const first = await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY });
    if (first === undefined) return;
    for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
  },
  async list(path) {
    const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.sort();
  },
  read: (path) => readFile(path),
  async readFrom(path, offset, bytesMax) {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(bytesMax);
      const { bytesRead } = await handle.read(buffer, 0, bytesMax, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  async size(path) {
    return (await stat(path)).size;
  },
  async replace(path, content) {
    const unfinished = `${path}${UNFINISHED_SUFFIX}`;
    await rm(unfinished, { force: true });
    const handle = await open(unfinished, 'wx', PRIVATE_FILE);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
    await syncDirectory(dirname(path));
  },
  async openAppend(path) {
    return appendFileOf(await open(path, constants.O_WRONLY | constants.O_APPEND));
  },
  async remove(path) {
    await rm(path, { force: true });
    await syncDirectory(dirname(path));
  },
};

function appendFileOf(handle: FileHandle): AppendFile {
  return {
    async append(buffers) {
      const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
      const { bytesWritten } = await handle.writev([...buffers]);
      // A short write is the kernel's way to say that the disk ran full in the middle.
      if (bytesWritten !== bytes) throw new ShortWriteError(bytesWritten, bytes);
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  };
}

class ShortWriteError extends Error {
  readonly code = 'ENOSPC';

  constructor(written: number, wanted: number) {
    super(`ENOSPC: wrote ${written} of ${wanted} bytes`);
  }
}

/** A new or renamed entry is durable only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
