import { readFileSync } from 'node:fs';

/** What the operating system charged one process: processor time and resident memory. Linux only. */
export type Usage = { readonly cpuMs: number; readonly residentMb: number };

const TICKS_PER_SECOND = 100;

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may itself hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuMs: (ticks * 1_000) / TICKS_PER_SECOND, residentMb: Number(resident ?? 0) / 1_024 };
}
