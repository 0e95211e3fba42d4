import { type Clock, every } from '#foundation/time';

const PARENT_POLL_MS = 250;
// One press of Ctrl-C may arrive twice: from the terminal, which signals the whole group, and from npm, which passes on
// what it gets. Whoever presses again does so later than this.
const SAME_PRESS_MS = 1_000;

/** What is needed of the process. */
export type SignalledProcess = {
  readonly ppid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
};

export type Signals = {
  /** Resolves when the process is asked to stop. */
  readonly stopRequested: Promise<void>;
  readonly onReloadRequested: (reload: () => void) => void;
};

/**
 * SIGINT and SIGTERM ask to stop, SIGHUP to read the configuration anew. A signal to the `npm start` above us reaches
 * only the shell between npm and this process, which dies of it: then we have another parent, and that asks to stop
 * too. A second press of Ctrl-C ends the process as usual.
 */
export function watchSignals(host: SignalledProcess, clock: Clock): Signals {
  const { promise: stopRequested, resolve: stop } = Promise.withResolvers<void>();
  const onInterrupt = () => {
    stop();
    // Without a listener the signal does again what it always does.
    clock.after(SAME_PRESS_MS, () => host.off('SIGINT', onInterrupt));
  };
  host.on('SIGINT', onInterrupt);
  host.on('SIGTERM', stop);
  if (host.env.npm_lifecycle_event === 'start') watchParent(host, clock, stop);
  return { stopRequested, onReloadRequested: (reload) => void host.on('SIGHUP', reload) };
}

function watchParent(host: SignalledProcess, clock: Clock, stop: () => void): void {
  const parent = host.ppid;
  const stopWatching = every(clock, PARENT_POLL_MS, () => {
    if (host.ppid === parent) return;
    stopWatching();
    stop();
  });
}
