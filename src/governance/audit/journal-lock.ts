/**
 * One writer for a journal, across processes and containers.
 *
 * The lock is the file `lock.<n>` with the highest n. Whoever finds its holder gone makes `lock.<n+1>` by a hard link,
 * which exactly one contender can; the highest file is never removed, so nobody can mistake an old state for a free
 * one. A holder is gone when it said so, or when its process (by number *and* start time) is. A holder in another
 * process namespace cannot be looked up; it is taken for gone when it has not touched its file for `LEASE_MS`.
 */
import { link, mkdtemp, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { OperatingError, systemCodeOf } from '#foundation/errors';
import { isJsonObject, parseTrustedJson, stringMember } from '#foundation/json';
import { type Clock, every } from '#foundation/time';

export type JournalLock = {
  /** Lets go, so that the next process need not find out that this one has ended. */
  release(): Promise<void>;
};

export type LockDeps = {
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** Called once when somebody else has taken the lock over: the holder must stop writing at once. */
  readonly onLost: (problem: string) => void;
};

/** Enough to tell a live process from another that got its number later. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Start time in ticks since boot, where the system tells it. */
  readonly started: string;
  /** The running kernel and the process namespace; process numbers are comparable within one of them only. */
  readonly namespace: string;
};

export const LEASE_MS = 30_000;
const TOUCH_INTERVAL_MS = 5_000;
const ATTEMPTS_MAX = 10;

export async function acquireJournalLock(directory: string, deps: LockDeps): Promise<JournalLock> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const highest = await highestLock(directory);
    if (highest > 0) await refuseLiveHolder(join(directory, lockName(highest)), deps);
    if (await claim(directory, highest + 1, deps.identity)) {
      await removeBelow(directory, highest + 1);
      return hold(directory, highest + 1, deps);
    }
  }
  throw lockedError(directory, 'several processes are trying to open it at once');
}

function hold(directory: string, generation: number, deps: LockDeps): JournalLock {
  const path = join(directory, lockName(generation));
  const stopTouching = every(deps.clock, TOUCH_INTERVAL_MS, async () => {
    const highest = await highestLock(directory).catch(() => generation);
    if (highest !== generation) {
      stopTouching();
      deps.onLost(`another process took the journal over (${lockName(highest)})`);
      return;
    }
    const now = new Date(deps.clock.nowMs());
    // A disk that cannot take a new time cannot take records either; the writer finds that out.
    await utimes(path, now, now).catch(() => undefined);
  });
  return {
    async release() {
      stopTouching();
      // A lock that cannot be marked is found stale by its dead process instead.
      await writeFile(path, JSON.stringify({ released: true })).catch(() => undefined);
    },
  };
}

async function refuseLiveHolder(path: string, deps: LockDeps): Promise<void> {
  const [text, modified] = await Promise.all([
    readFile(path, 'utf8').catch(() => ''),
    stat(path).then(
      (found) => found.mtimeMs,
      () => 0,
    ),
  ]);
  const holder = parseHolder(text);
  if (holder === undefined) return;
  if (holder.namespace === deps.identity.namespace) {
    const started = await processStart(holder.pid);
    if (started === undefined || started !== holder.started) return;
    throw lockedError(path, `process ${holder.pid} is writing to it`);
  }
  if (deps.clock.nowMs() - modified > LEASE_MS) return;
  throw lockedError(path, `process ${holder.pid} on ${holder.host} wrote to it less than ${LEASE_MS / 1_000} s ago`);
}

function lockedError(where: string, problem: string): OperatingError {
  return new OperatingError('conflict', 'journal_locked', `the audit journal has a writer already: ${problem}`, {
    where,
    remedy: 'stop the other process, or start this one with a home of its own (--home)',
  });
}

type Holder = ProcessIdentity & { readonly host: string };

/** The holder, or undefined for a lock that was released or never finished. */
function parseHolder(text: string): Holder | undefined {
  let value: unknown;
  try {
    value = parseTrustedJson(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || typeof value.pid !== 'number') return undefined;
  return {
    pid: value.pid,
    started: stringMember(value, 'started') ?? '',
    namespace: stringMember(value, 'namespace') ?? '',
    host: stringMember(value, 'host') ?? '',
  };
}

/** A hard link to a finished file: the lock appears whole, and only for one. */
async function claim(directory: string, generation: number, identity: ProcessIdentity): Promise<boolean> {
  const holder: Holder = { ...identity, host: hostname() };
  const draft = await mkdtemp(join(directory, 'claim-'));
  const path = join(draft, 'lock');
  try {
    await writeFile(path, JSON.stringify(holder), { mode: 0o600 });
    await link(path, join(directory, lockName(generation)));
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeBelow(directory: string, generation: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const found = generationOf(name);
    if (found !== undefined && found < generation) await rm(join(directory, name), { force: true });
  }
}

async function highestLock(directory: string): Promise<number> {
  let highest = 0;
  for (const name of await readdir(directory)) highest = Math.max(highest, generationOf(name) ?? 0);
  return highest;
}

function lockName(generation: number): string {
  return `lock.${generation}`;
}

function generationOf(name: string): number | undefined {
  const match = /^lock\.(\d+)$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** Who this process is. Read once, by whoever builds the audit. */
export async function ownProcessIdentity(): Promise<ProcessIdentity> {
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname()),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  const started = (await processStart(process.pid)) ?? '';
  return { pid: process.pid, started, namespace: `${boot.trim()} ${namespace}`.trim() };
}

/** Field 22 of /proc/<pid>/stat; elsewhere the bare fact that it lives; undefined when there is no such process. */
async function processStart(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the command in parentheses and may hold spaces, so the fields are counted after the last one.
  if (text !== undefined) return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return systemCodeOf(error) === 'EPERM' ? 'alive' : undefined;
  }
}
