import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCall, countCalls, createCallTimes, msUntilBelow } from './call-times.ts';

describe('call times', () => {
  it('agree with a naive model for any sequence of steps, limit and window', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1_000 }), (gaps, limit, window) => {
        const times = createCallTimes();
        const taken: number[] = [];
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          const inWindow = taken.filter((at) => at > nowMs - window);
          expect(countCalls(times, nowMs, window)).toBe(inWindow.length);
          const waitMs = msUntilBelow(times, limit, nowMs, window);
          expect(waitMs).toBe(naiveWait(inWindow, limit, nowMs, window));
          if (waitMs > 0) continue;
          taken.push(nowMs);
          addCall(times, nowMs);
        }
      }),
    );
  });

  it('name the whole window when nothing is allowed at all', () => {
    expect(msUntilBelow(createCallTimes(), 0, 5, 60_000)).toBe(60_000);
  });

  it('wait for as many calls to leave as stand above a limit that was lowered', () => {
    const times = createCallTimes();
    for (const atMs of [0, 10, 20, 30]) addCall(times, atMs);
    expect(countCalls(times, 40, 100)).toBe(4);
    expect(msUntilBelow(times, 2, 40, 100)).toBe(20 + 100 - 40);
  });
});

function naiveWait(inWindow: readonly number[], limit: number, nowMs: number, window: number): number {
  for (let waitMs = 0; ; waitMs++) {
    if (inWindow.filter((at) => at > nowMs + waitMs - window).length < limit) return waitMs;
  }
}
