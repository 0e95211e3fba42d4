import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#foundation/errors';
import { type DoctorDeps, type Finding, fail, pass, warn } from './check.ts';

const FREE_BYTES_MIN = 64 * 1_024 * 1_024;
const MEBIBYTE = 1_024 * 1_024;

/** Without a journal that can be written, every call is denied. */
export async function checkJournal(deps: DoctorDeps): Promise<Finding> {
  const { journal } = deps.home;
  const problem = await tryToWrite(journal);
  if (problem !== undefined) {
    return fail(
      `${journal} cannot be written: ${problem}`,
      `make it writable for this user: chown -R "$USER" ${journal}`,
    );
  }
  const freeBytes = await deps.freeBytes(journal);
  const usedBytes = await bytesIn(journal);
  const room = `${mebibytes(usedBytes)} of ${mebibytes(deps.journalBytesMax)} used, ${mebibytes(freeBytes)} free on the disk`;
  if (freeBytes < FREE_BYTES_MIN) return fail(room, `free some space on the disk of ${journal}`);
  if (usedBytes >= deps.journalBytesMax) {
    return fail(`${room}: the quota is reached`, 'bring the database back, so that the journal can be drained');
  }
  if (freeBytes < deps.journalBytesMax - usedBytes) {
    return warn(`${room}: the disk is full before the quota is reached`, 'free some space, or lower the quota');
  }
  return pass(room);
}

async function tryToWrite(directory: string): Promise<string | undefined> {
  const probe = join(directory, `.doctor-${process.pid}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(probe, 'wx', 0o600);
    try {
      await file.write('probe');
      await file.datasync();
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function bytesIn(directory: string): Promise<number> {
  const sizes = (await readdir(directory, { recursive: true })).map(async (name) => {
    const file = await stat(join(directory, name)).catch(() => undefined);
    return file?.isFile() === true ? file.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}
