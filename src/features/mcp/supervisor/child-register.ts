/**
 * The second net against orphans: one small file for each running child. What an earlier gateway left behind, because
 * its launchers were killed as well, is ended at the next start, after proof that the process is still the same one.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberMember, parseTrustedJson, stringMember } from '#foundation/json';
import type { Logger } from '#foundation/logging';
import { bootId, processIdentity } from './process-identity.ts';
import { killRunaways } from './runaways.ts';

export type RunningChild = {
  readonly groupId: number;
  readonly childPid: number;
  readonly server: string;
  /** The directory that is the TMPDIR of this child alone; null where it shares one. */
  readonly temporary: string | null;
};

export type ChildRegister = {
  add(child: RunningChild): void;
  remove(groupId: number): void;
  /** Ends what gateways that are gone left running; answers of how many children something was left. */
  sweep(): Promise<number>;
};

type Entry = {
  readonly gateway_pid: number;
  readonly gateway_ticks: string;
  readonly boot: string;
  readonly group_id: number;
  readonly group_ticks: string;
  readonly child_pid: number;
  readonly child_ticks: string;
  readonly server: string;
  readonly temporary: string | null;
};

export function createChildRegister(deps: { directory: string; logger: Logger }): ChildRegister {
  const { directory, logger } = deps;
  const fileOf = (groupId: number) => join(directory, `${process.pid}-${groupId}.json`);

  return {
    add({ groupId, childPid, server, temporary }) {
      const entry: Entry = {
        gateway_pid: process.pid,
        gateway_ticks: ticksOf(process.pid),
        boot: bootId(),
        group_id: groupId,
        group_ticks: ticksOf(groupId),
        child_pid: childPid,
        child_ticks: ticksOf(childPid),
        server,
        temporary,
      };
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(fileOf(groupId), JSON.stringify(entry), { mode: 0o600 });
    },
    remove: (groupId) => rmSync(fileOf(groupId), { force: true }),
    async sweep() {
      let killed = 0;
      for (const name of entriesIn(directory)) {
        const path = join(directory, name);
        const entry = readEntry(path);
        if (entry !== undefined && isRunning(entry.gateway_pid, entry.gateway_ticks, entry.boot)) continue;
        if (entry !== undefined && (await endLeftBehind(entry))) {
          killed++;
          logger.warn({ server: entry.server, pid: entry.child_pid }, 'killed a child that an earlier run left behind');
        }
        rmSync(path, { force: true });
      }
      return killed;
    },
  };
}

function entriesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

/** An entry torn by a crash says nothing and is dropped. */
function readEntry(path: string): Entry | undefined {
  try {
    const value = parseTrustedJson(readFileSync(path, 'utf8'));
    return {
      gateway_pid: numberMember(value, 'gateway_pid') ?? 0,
      gateway_ticks: stringMember(value, 'gateway_ticks') ?? '',
      boot: stringMember(value, 'boot') ?? '',
      group_id: numberMember(value, 'group_id') ?? 0,
      group_ticks: stringMember(value, 'group_ticks') ?? '',
      child_pid: numberMember(value, 'child_pid') ?? 0,
      child_ticks: stringMember(value, 'child_ticks') ?? '',
      server: stringMember(value, 'server') ?? '',
      temporary: stringMember(value, 'temporary') ?? null,
    };
  } catch {
    return undefined;
  }
}

/** The group, what left the group, and the temporary files of both; false when no process was there any more. */
async function endLeftBehind(entry: Entry): Promise<boolean> {
  const wasRunning = killGroupLeftBehind(entry);
  if (entry.temporary === null) return wasRunning;
  const runaways = await killRunaways(entry.temporary);
  rmSync(entry.temporary, { recursive: true, force: true });
  return wasRunning || runaways > 0;
}

/** A group may be killed when one of its two known members is provably the process that was written down. */
function killGroupLeftBehind(entry: Entry): boolean {
  const { group_id, group_ticks, child_pid, child_ticks, boot } = entry;
  const members: readonly (readonly [number, string])[] = [
    [group_id, group_ticks],
    [child_pid, child_ticks],
  ];
  const same = members.some(([pid, ticks]) => {
    return isRunning(pid, ticks, boot) && processIdentity(pid)?.groupId === group_id;
  });
  return same && signalGroup(group_id, 'SIGKILL');
}

function isRunning(pid: number, ticks: string, boot: string): boolean {
  return pid > 1 && ticks !== '' && boot === bootId() && processIdentity(pid)?.startTicks === ticks;
}

function ticksOf(pid: number): string {
  return processIdentity(pid)?.startTicks ?? '';
}

/** Answers false when the group has no member left. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-groupId, signal);
  } catch {
    return false;
  }
}
