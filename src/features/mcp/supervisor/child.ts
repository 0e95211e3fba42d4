import type { ChildProcess } from 'node:child_process';
import { OperatingError } from '#foundation/errors';
import type { Clock } from '#foundation/time';
import { MCP_LIMITS } from '../limits.ts';
import { signalGroup } from './child-register.ts';

/** A running child, its launcher and everything that they started. */
export type Child = {
  /** The server's own process; the launcher leads its group. */
  readonly pid: number;
  readonly groupId: number;
  /** Writes one line; throws `unavailable` when the child has not read what it was sent before. */
  write(line: string): void;
  /** Climbs the kill ladder: standard input closed, SIGTERM, SIGKILL to the whole group; resolves when it is gone. */
  stop(): Promise<void>;
  /** Resolves with a sentence on how it ended. */
  readonly ended: Promise<string>;
};

export function guardChild(
  launcher: ChildProcess,
  ids: { readonly pid: number; readonly groupId: number },
  ended: Promise<string>,
  clock: Clock,
): Child {
  let stopping: Promise<void> | undefined;
  return {
    ...ids,
    ended,
    write(line) {
      const { stdin } = launcher;
      if (stdin === null || stdin.destroyed || stdin.writableEnded) {
        throw new OperatingError('upstream', 'mcp_child_gone', 'the MCP server has closed its standard input');
      }
      if (stdin.writableLength > MCP_LIMITS.childBacklogBytesMax) {
        throw new OperatingError('unavailable', 'mcp_child_backlog', 'the MCP server does not read what it is sent');
      }
      stdin.write(line);
    },
    stop() {
      stopping ??= climb(launcher, ids.groupId, ended, clock);
      return stopping;
    },
  };
}

async function climb(launcher: ChildProcess, groupId: number, ended: Promise<string>, clock: Clock): Promise<void> {
  launcher.stdin?.end();
  if (await endsWithin(ended, MCP_LIMITS.inputClosedGraceMs, clock)) return;
  signalGroup(groupId, 'SIGTERM');
  if (await endsWithin(ended, MCP_LIMITS.terminateGraceMs, clock)) return;
  signalGroup(groupId, 'SIGKILL');
  await endsWithin(ended, MCP_LIMITS.killGraceMs, clock);
}

function endsWithin(ended: Promise<string>, graceMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(graceMs, () => resolve(false));
    ended.then(() => {
      cancel();
      resolve(true);
    });
  });
}
