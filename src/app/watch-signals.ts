/** SIGINT and SIGTERM ask to stop, SIGHUP to read the configuration anew. A second SIGINT ends the process as usual. */
export function watchSignals(host: NodeJS.Process): {
  readonly stopRequested: Promise<void>;
  readonly onReloadRequested: (reload: () => void) => void;
} {
  const stopRequested = new Promise<void>((resolve) => {
    host.once('SIGINT', () => resolve());
    host.once('SIGTERM', () => resolve());
  });
  return { stopRequested, onReloadRequested: (reload) => void host.on('SIGHUP', reload) };
}
