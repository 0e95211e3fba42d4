import { describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { createLifecycle, type Part } from './lifecycle.ts';

function recordingPart(name: string, log: string[], broken: Partial<Part> = {}): Part {
  return {
    name,
    start: () => void log.push(`start ${name}`),
    stop: () => void log.push(`stop ${name}`),
    ...broken,
  };
}

describe('a lifecycle', () => {
  it('starts in order and stops in reverse', async () => {
    const log: string[] = [];
    const lifecycle = createLifecycle([recordingPart('a', log), recordingPart('b', log)], createManualClock(), 1_000);
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([]);
    expect(log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops what was started, and the failed part itself, when a start fails', async () => {
    const log: string[] = [];
    const failing = recordingPart('b', log, { start: () => Promise.reject(new Error('no port')) });
    const lifecycle = createLifecycle(
      [recordingPart('a', log), failing, recordingPart('c', log)],
      createManualClock(),
      1_000,
    );
    await expect(lifecycle.start()).rejects.toThrow('no port');
    expect(log).toEqual(['start a', 'stop b', 'stop a']);
  });

  it('goes on when one part cannot stop, and says which', async () => {
    const log: string[] = [];
    const failing = recordingPart('b', log, { stop: () => Promise.reject(new Error('stuck')) });
    const lifecycle = createLifecycle([recordingPart('a', log), failing], createManualClock(), 1_000);
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([{ part: 'b', problem: 'stuck' }]);
    expect(log).toContain('stop a');
  });

  it('waits for no part longer than its bound', async () => {
    const clock = createManualClock();
    const hanging: Part = { name: 'hanging', stop: () => new Promise<void>(() => {}) };
    const lifecycle = createLifecycle([hanging], clock, 1_000);
    await lifecycle.start();
    const stopped = lifecycle.stop();
    clock.advance(1_000);
    expect(await stopped).toEqual([{ part: 'hanging', problem: 'did not stop within 1000 ms' }]);
  });

  it('stops nothing twice', async () => {
    const log: string[] = [];
    const lifecycle = createLifecycle([recordingPart('a', log)], createManualClock(), 1_000);
    await lifecycle.start();
    await lifecycle.stop();
    await lifecycle.stop();
    expect(log).toEqual(['start a', 'stop a']);
  });
});
