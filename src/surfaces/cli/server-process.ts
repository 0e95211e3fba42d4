import { systemCodeOf } from '#foundation/errors';
import { type Clock, elapse } from '#foundation/time';

const POLL_MS = 100;

/** Asks the process to stop; false when there is none. */
export function terminate(pid: number): boolean {
  return signal(pid, 'SIGTERM');
}

/** Resolves to true as soon as the process is gone, to false when it still runs after `timeoutMs`. */
export async function endsWithin(pid: number, clock: Clock, timeoutMs: number): Promise<boolean> {
  const overdueMs = clock.monotonicMs() + timeoutMs;
  while (isAlive(pid)) {
    if (clock.monotonicMs() >= overdueMs) return false;
    await elapse(clock, POLL_MS);
  }
  return true;
}

/** Signal 0 asks without sending. */
function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

function signal(pid: number, name: 'SIGTERM' | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false;
    // It lives and belongs to somebody else.
    if (systemCodeOf(error) === 'EPERM' && name === 0) return true;
    throw error;
  }
}
