import { messageOf } from './errors.ts';
import type { Clock } from './time.ts';

/**
 * Something with a beginning and an end. Construction is pure: nothing is opened before `start`. `stop` may be called
 * after a failed or missing start, at most once, and must end within the bound that the lifecycle gives it.
 */
export type Part = {
  readonly name: string;
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
};

export type StopProblem = { readonly part: string; readonly problem: string };

export type Lifecycle = {
  /** Starts the parts in order; when one fails, stops those already started and throws its error. */
  start(): Promise<void>;
  /** Stops in reverse order, each within `stopMsMax`; what failed or overran is returned, never thrown. */
  stop(): Promise<readonly StopProblem[]>;
};

export function createLifecycle(parts: readonly Part[], clock: Clock, stopMsMax: number): Lifecycle {
  const begun: Part[] = [];

  async function start(): Promise<void> {
    for (const part of parts) {
      begun.push(part);
      try {
        await part.start?.();
      } catch (error) {
        await stop();
        throw error;
      }
    }
  }

  async function stop(): Promise<readonly StopProblem[]> {
    const problems: StopProblem[] = [];
    for (let part = begun.pop(); part !== undefined; part = begun.pop()) {
      const problem = await stopWithin(part);
      if (problem !== undefined) problems.push({ part: part.name, problem });
    }
    return problems;
  }

  async function stopWithin(part: Part): Promise<string | undefined> {
    let cancel = () => {};
    const overrun = new Promise<string>((resolve) => {
      cancel = clock.after(stopMsMax, () => resolve(`did not stop within ${stopMsMax} ms`));
    });
    try {
      return await Promise.race([Promise.resolve(part.stop?.()).then(() => undefined), overrun]);
    } catch (error) {
      return messageOf(error);
    } finally {
      cancel();
    }
  }

  return { start, stop };
}
