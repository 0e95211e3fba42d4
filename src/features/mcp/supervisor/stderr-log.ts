/**
 * What the children of one server write to standard error, and other diagnostics of theirs: the newest lines in
 * memory, more in a file that is rotated once. Every line has passed the redaction of known secrets before it is kept.
 */
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '#foundation/time';
import { isoTime } from '#foundation/time';
import { MCP_LIMITS } from '../limits.ts';

export type StderrLog = {
  /** Resolves when the lines are on disk; whoever feeds it waits, so a child that floods is slowed down. */
  write(pid: number, lines: readonly string[]): Promise<void>;
  /** The newest lines, oldest first. */
  tail(linesMax: number): readonly string[];
};

export function createStderrLog(deps: { path: string; redact: (text: string) => string; clock: Clock }): StderrLog {
  const ring: string[] = [];
  let ringBytes = 0;
  let writing: Promise<void> = Promise.resolve();

  function remember(line: string): void {
    ring.push(line);
    ringBytes += line.length;
    while (ringBytes > MCP_LIMITS.stderrRingBytesMax) ringBytes -= ring.shift()?.length ?? ringBytes;
  }

  return {
    write(pid, lines) {
      const kept = lines.map((line) => `${isoTime(deps.clock.nowMs())} ${pid} ${printable(deps.redact(line))}`);
      for (const line of kept) remember(line);
      // A disk that is full must not stop a call: these lines are diagnostics and may be lost.
      writing = writing.then(() => append(deps.path, kept)).catch(() => {});
      return writing;
    },
    tail: (linesMax) => ring.slice(-linesMax),
  };
}

async function append(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > MCP_LIMITS.stderrFileBytesMax) await rename(path, `${path}.1`);
  await appendFile(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}

/** A child must not steer the terminal of whoever reads its log. */
function printable(line: string): string {
  return line.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '�');
}
