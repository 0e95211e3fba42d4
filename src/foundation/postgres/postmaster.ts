import { readFileSync } from 'node:fs';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';

/** The main process of a running PostgreSQL, as its lock file names it. */
export type Postmaster = { readonly pid: number; readonly port: number };

/**
 * The postmaster that lives on `dataDirectory`, or undefined. A lock file whose process is gone, or whose number now
 * belongs to something else, is stale and is removed: PostgreSQL itself would refuse to start over the latter.
 */
export async function findPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const path = join(dataDirectory, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const postmaster = parseLockFile(text);
  if (postmaster !== undefined && (await lives(postmaster, dataDirectory))) return postmaster;
  await rm(path, { force: true });
  return undefined;
}

/** Whether a process with this number runs, whoever owns it; one that has ended but was not yet reaped does not. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCodeOf(error) !== 'EPERM') return false;
  }
  return !isZombie(pid);
}

/** In a container whose first process reaps nobody, an orphan that ended stays in the table for good. */
function isZombie(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The state follows the name, which stands in parentheses and may hold any character.
    return text.charAt(text.lastIndexOf(')') + 2) === 'Z';
  } catch {
    return false;
  }
}

/** Lines of postmaster.pid: process id, data directory, start time, port, socket directory, listen address, ... */
function parseLockFile(text: string): Postmaster | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3] ?? 0);
  return Number.isInteger(pid) && pid > 0 && Number.isInteger(port) ? { pid, port } : undefined;
}

/** A postmaster works inside its data directory: where /proc tells, that is proof; elsewhere its port must answer. */
async function lives(postmaster: Postmaster, dataDirectory: string): Promise<boolean> {
  if (!processExists(postmaster.pid)) return false;
  try {
    return (await readlink(`/proc/${postmaster.pid}/cwd`)) === (await realpath(dataDirectory));
  } catch {
    return answers(postmaster.port);
  }
}

/** Whether somebody accepts connections on this port of loopback. */
export function answers(port: number): Promise<boolean> {
  if (port <= 0) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
