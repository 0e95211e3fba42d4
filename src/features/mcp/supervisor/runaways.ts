/**
 * Descendants that left the process group of their child (setsid, double fork) and so outlive a signal to it. They are
 * known by what they inherited: TMPDIR names a directory that was made for that one child. One that also changed its
 * environment is not found, and neither is any where there is no Linux /proc.
 */
import { readdir, readFile } from 'node:fs/promises';

// Who is being hunted may still be forking.
const ROUNDS_MAX = 10;

/** Kills every process whose TMPDIR is this directory; answers how many. */
export async function killRunaways(temporary: string): Promise<number> {
  let killed = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = await processesOf(temporary);
    if (found.length === 0) break;
    killed += found.filter(kill).length;
  }
  return killed;
}

async function processesOf(temporary: string): Promise<readonly number[]> {
  const marker = `TMPDIR=${temporary}`;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const hits = await Promise.all(pids.map((pid) => hasVariable(pid, marker)));
  return pids.filter((_, index) => hits[index] === true).map(Number);
}

/** False for a zombie, which has no environment any more, and for a process of another user. */
async function hasVariable(pid: string, marker: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0').includes(marker);
  } catch {
    return false;
  }
}

function kill(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
