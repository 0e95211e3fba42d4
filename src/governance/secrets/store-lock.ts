import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { OperatingError, systemCodeOf } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import { removeIfThere } from '#foundation/private-file';
import { type Clock, elapse } from '#foundation/time';

const RETRY_MS = 20;

/** No change holds the lock this long; whoever does has died, or its process id was given to somebody else. */
const HELD_MS_MAX = 60_000;

/** Breaking a dead lock takes microseconds. */
const BREAKING_MS_MAX = 5_000;

/**
 * A lock between processes: a file that only one of them can create. It is broken when its owner is dead. The store
 * also compares the counter it read under the lock with the one on disk before it writes, so a lock lost against all
 * odds ends in an error and not in a lost change.
 */
export async function withStoreLock<T>(
  path: string,
  deps: { readonly clock: Clock; readonly ids: IdSource; readonly waitMsMax: number },
  run: () => Promise<T>,
): Promise<T> {
  const { clock, ids, waitMsMax } = deps;
  const owner = `${process.pid} ${ids.bytes(8).toString('hex')}\n`;
  const deadlineMs = clock.monotonicMs() + waitMsMax;
  while (!tryCreate(path, owner)) {
    breakWhenDead(path, clock);
    if (clock.monotonicMs() >= deadlineMs) {
      throw new OperatingError('conflict', 'secret_store_locked', 'another process is changing the secret store', {
        where: path,
        remedy: 'try again in a moment',
      });
    }
    await elapse(clock, RETRY_MS);
  }
  try {
    return await run();
  } finally {
    if (contentOf(path) === owner) removeIfThere(path);
  }
}

function tryCreate(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw new OperatingError('unavailable', 'secret_store_unwritable', `cannot write ${path}`, {
      where: path,
      remedy: 'check the free space and the permissions of the directory',
      cause: error,
    });
  }
}

/** Only one process at a time may break a lock, or the second would break the first one's new lock. */
function breakWhenDead(path: string, clock: Clock): void {
  if (!isDead(path, clock)) return;
  const breaking = `${path}.breaking`;
  if (!tryCreate(breaking, `${process.pid}\n`)) {
    if (ageMs(breaking, clock) > BREAKING_MS_MAX) removeIfThere(breaking);
    return;
  }
  try {
    if (isDead(path, clock)) removeIfThere(path);
  } finally {
    removeIfThere(breaking);
  }
}

function isDead(path: string, clock: Clock): boolean {
  const content = contentOf(path);
  if (content === undefined) return false;
  if (ageMs(path, clock) > HELD_MS_MAX) return true;
  const processId = Number(/^(\d+) /.exec(content)?.[1]);
  // An empty file is a lock whose owner has not written its name yet; age decides.
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return false;
  } catch (error) {
    return systemCodeOf(error) === 'ESRCH';
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function ageMs(path: string, clock: Clock): number {
  try {
    return clock.nowMs() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
