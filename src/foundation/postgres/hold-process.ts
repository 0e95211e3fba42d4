import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps the process alive until the returned function is called. Timers of a `Clock` never do, so whoever waits for
 * another process by looking at it again and again would otherwise see its own end first.
 */
export function holdProcess(): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.ref();
  return () => {
    port1.close();
    port2.close();
  };
}
