import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { readCluster } from './cluster.ts';
import { findPostmaster } from './postmaster.ts';

const OWNER_FILE = 'home';

/** Writes beside data that stand outside the home which home they belong to. */
export async function noteOwner(cluster: Cluster, directory: string): Promise<void> {
  const parent = dirname(cluster.dataDirectory);
  if (parent !== directory) await writeFile(join(parent, OWNER_FILE), directory, { mode: 0o600 });
}

/**
 * Removes what earlier lives left behind: unfinished attempts to make the data directory, and, where data stand
 * outside the home, the data of a home that was deleted and made again. Below the temporary directory it is enough
 * that the home is gone. Only the owner of the running server may call this.
 */
export async function removeAbandonedData(
  cluster: Cluster,
  directory: string,
  temporaryDirectory: string,
): Promise<readonly string[]> {
  const parent = dirname(cluster.dataDirectory);
  const removed: string[] = [];
  for (const name of await namesIn(parent)) {
    if (name.startsWith(`${basename(cluster.dataDirectory)}.`)) removed.push(join(parent, name));
  }
  if (parent !== directory) removed.push(...(await abandonedIn(dirname(parent), temporaryDirectory)));
  for (const path of removed) await rm(path, { recursive: true, force: true });
  return removed;
}

async function abandonedIn(root: string, temporaryDirectory: string): Promise<readonly string[]> {
  const isTemporary = root.startsWith(temporaryDirectory);
  const found: string[] = [];
  for (const name of await namesIn(root)) {
    const path = join(root, name);
    const owner = await readFile(join(path, OWNER_FILE), 'utf8').catch(() => undefined);
    if (owner === undefined) continue;
    const record = await readCluster(owner).catch(() => undefined);
    const isGone = record === undefined ? isTemporary : record.dataDirectory !== join(path, 'data');
    if (isGone && (await endPostmaster(join(path, 'data')))) found.push(path);
  }
  return found;
}

/** A server whose home is gone has no data to lose; it is ended at once. */
async function endPostmaster(dataDirectory: string): Promise<boolean> {
  const postmaster = await findPostmaster(dataDirectory);
  if (postmaster === undefined) return true;
  try {
    // SIGQUIT is PostgreSQL's immediate shutdown. The directory is left for the next time, when nobody uses it.
    process.kill(postmaster.pid, 'SIGQUIT');
  } catch {
    // It ended by itself, or is not ours to end.
  }
  return false;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
