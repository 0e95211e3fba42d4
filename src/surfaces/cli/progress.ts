import type { Clock } from '#foundation/time';
import type { Terminal } from './terminal.ts';

/** How far long work has come, told on standard error. */
export type Progress = {
  advance(count: number): void;
  /** Takes the line away; call it whether or not the work succeeded. */
  end(): void;
};

/** Shorter work needs no word. */
const SILENT_MS = 1_000;
const TERMINAL_INTERVAL_MS = 200;
/** In a log file each word is a line that stays. */
const LINE_INTERVAL_MS = 10_000;

/** `did` as in "verified", `what` as in "records". On a terminal one line that changes, elsewhere a line now and then. */
export function createProgress(did: string, what: string, terminal: Terminal, clock: Clock): Progress {
  const startedMs = clock.monotonicMs();
  const intervalMs = terminal.isTalkTerminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS;
  let nextMs = startedMs + Math.max(SILENT_MS, intervalMs);
  let count = 0;
  let isShown = false;

  function show(nowMs: number): void {
    const line = `${did} ${count.toLocaleString('en')} ${what}, ${Math.round((nowMs - startedMs) / 1_000)} s`;
    if (terminal.isTalkTerminal) terminal.sayForNow(line);
    else terminal.say(line);
    isShown = true;
  }

  return {
    advance(more) {
      count += more;
      const nowMs = clock.monotonicMs();
      if (nowMs < nextMs) return;
      nextMs = nowMs + intervalMs;
      show(nowMs);
    },
    end() {
      if (isShown && terminal.isTalkTerminal) terminal.sayForNow('');
    },
  };
}
