import { readFileSync } from 'node:fs';

/** What tells one process from a later one that was given the same number. */
export type ProcessIdentity = {
  /** Clock ticks from boot to the start of the process. */
  readonly startTicks: string;
  readonly groupId: number;
};

/** Reads Linux' /proc (proc(5), `stat`); undefined when there is no such process, or no /proc. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may itself hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = fields[19];
  const state = fields[0];
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { startTicks, groupId: Number(fields[2]) };
}

/** Changes with every boot, so that ticks of an earlier one are never compared; empty where there is none. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
