import { expect, test } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { createBreaker } from './breaker.ts';

test('the first failure is forgiven, each further one doubles the wait up to a minute', () => {
  const clock = createManualClock();
  const breaker = createBreaker(clock);
  const waits: number[] = [];
  for (let failure = 0; failure < 12; failure++) {
    breaker.failed();
    const waitMs = breaker.waitMs();
    waits.push(waitMs);
    clock.advance(waitMs);
  }
  expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

test('after the wait only one tries, until it has succeeded', () => {
  const clock = createManualClock();
  const breaker = createBreaker(clock);
  breaker.failed();
  breaker.failed();
  clock.advance(500);
  expect(breaker.waitMs()).toBe(0);
  expect(breaker.waitMs()).toBe(500);
  breaker.succeeded();
  expect([breaker.waitMs(), breaker.waitMs()]).toEqual([0, 0]);
});
