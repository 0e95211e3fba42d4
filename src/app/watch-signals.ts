import { type Clock, every } from '#foundation/time';

const PARENT_POLL_MS = 250;

/**
 * SIGINT and SIGTERM ask to stop, SIGHUP to read the configuration anew. A signal to the `npm start` above us reaches
 * only the shell between npm and this process, which dies of it: then we have another parent, and that asks to stop
 * too.
 */
export function watchSignals(
  host: NodeJS.Process,
  clock: Clock,
): {
  readonly stopRequested: Promise<void>;
  readonly onReloadRequested: (reload: () => void) => void;
} {
  const parent = host.ppid;
  const stopRequested = new Promise<void>((resolve) => {
    host.once('SIGINT', () => resolve());
    host.once('SIGTERM', () => resolve());
    if (host.env.npm_lifecycle_event !== 'start') return;
    const stopWatching = every(clock, PARENT_POLL_MS, () => {
      if (host.ppid === parent) return;
      stopWatching();
      resolve();
    });
  });
  return { stopRequested, onReloadRequested: (reload) => void host.on('SIGHUP', reload) };
}
