import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import { createManualClock } from '#tests/support/manual-clock';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { rateLimitConfigSchema } from './config.ts';
import type { LimitStore } from './limit-store.ts';
import { createRateLimitStore } from './rate-limit-store.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import { TOTAL_UNITS } from './shares.ts';

const WINDOW_MS = 60_000;
const KEY = { key: 'session\nuser-1\nsession-1', limit: 300 };
const config = rateLimitConfigSchema.parse({});

let testDatabase: TestDatabase;
let store: LimitStore;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  store = createRateLimitStore(testDatabase.database);
});
beforeEach(async () => {
  await testDatabase.database.query('DELETE FROM limit_members; DELETE FROM limit_keys; DELETE FROM limit_usage');
});
afterAll(() => testDatabase.drop());

const join = (processId: string) => store.join({ processId, windowMs: WINDOW_MS });

type Asking = Partial<Parameters<LimitStore['sync']>[0]>;

async function sync(processId: string, incarnation: number, asking: Asking) {
  const reply = await store.sync({
    processId,
    incarnation,
    windowMs: WINDOW_MS,
    units: TOTAL_UNITS,
    ackedSeq: 0,
    shares: [],
    requests: [],
    ...asking,
  });
  if (reply === 'unknown' || reply === 'replaced') throw new Error(reply);
  return reply;
}

describe('the limits in PostgreSQL', () => {
  it('give everything to the first process and nothing to the second until the first has made room', async () => {
    expect(await join('first')).toMatchObject({ units: TOTAL_UNITS, isUnclean: false, usage: [] });
    const second = await join('second');
    expect(second.units).toBe(0);
    const told = await sync('first', 1, {});
    expect(told).toMatchObject({ units: TOTAL_UNITS, targetUnits: TOTAL_UNITS / 2 });
    expect(await sync('second', 1, { units: 0 })).toMatchObject({ units: 0 });
    expect(await sync('first', 1, { units: TOTAL_UNITS / 2 })).toMatchObject({ units: TOTAL_UNITS / 2 });
    expect(await sync('second', 1, { units: 0 })).toMatchObject({ units: TOTAL_UNITS / 2, isAlone: false });
  });

  it('lease a key up to the limit less what the others hold, and tell them of it', async () => {
    await join('first');
    await join('second');
    await sync('first', 1, { units: TOTAL_UNITS / 2 });
    await sync('second', 1, { units: 0 });
    const ask = { requests: [{ ...KEY, held: 150, want: 220 }] };
    const first = await sync('first', 1, { units: TOTAL_UNITS / 2, ...ask });
    expect(first.granted).toEqual([{ key: KEY.key, share: 150 }]);
    const second = await sync('second', 1, { units: TOTAL_UNITS / 2 });
    expect(second.keys).toMatchObject([{ key: KEY.key, isRetired: false, limit: 300 }]);
    const seq = second.keys[0]?.seq ?? 0;
    await sync('second', 1, { units: TOTAL_UNITS / 2, ackedSeq: seq, shares: [{ ...KEY, share: 100 }] });
    const again = await sync('first', 1, { units: TOTAL_UNITS / 2, ackedSeq: seq, ...ask });
    expect(again.granted).toEqual([{ key: KEY.key, share: 200 }]);
    await sync('second', 1, { units: TOTAL_UNITS / 2, ackedSeq: seq, shares: [{ ...KEY, share: 0 }] });
    const last = await sync('first', 1, { units: TOTAL_UNITS / 2, ackedSeq: seq, ...ask });
    expect(last.granted).toEqual([{ key: KEY.key, share: 220 }]);
  });

  it('hand what was used to the successor, and tell an end in order from a kill', async () => {
    const first = await join('first');
    await store.appendUsage('first', [{ ...KEY, used: 12, ageMs: 1_500 }]);
    const killed = await join('first');
    expect(killed).toMatchObject({ incarnation: first.incarnation + 1, isUnclean: true });
    expect(killed.usage).toMatchObject([{ key: KEY.key, limit: 300, used: 12 }]);
    expect(killed.usage[0]?.ageMs).toBeGreaterThanOrEqual(1_500);
    await store.leave('first', killed.incarnation);
    const other = await join('other');
    expect(other).toMatchObject({ units: TOTAL_UNITS, isUnclean: false });
    expect(other.usage).toMatchObject([{ key: KEY.key, used: 12 }]);
  });

  it('refuse the earlier life of a process id', async () => {
    const first = await join('first');
    await join('first');
    const request = {
      processId: 'first',
      windowMs: WINDOW_MS,
      units: TOTAL_UNITS,
      ackedSeq: 0,
      shares: [],
      requests: [],
    };
    expect(await store.sync({ ...request, incarnation: first.incarnation })).toBe('replaced');
    expect(await store.sync({ ...request, processId: 'never', incarnation: 1 })).toBe('unknown');
  });

  it('forget usage that has left every window', async () => {
    await store.appendUsage('first', [
      { ...KEY, used: 5, ageMs: 90_000 },
      { ...KEY, used: 7, ageMs: 10 },
    ]);
    await store.pruneUsage(WINDOW_MS);
    expect(await testDatabase.database.query('SELECT used FROM limit_usage')).toEqual([{ used: 7 }]);
  });

  it('count a key of any text as that key', async () => {
    const hostile = `x'); DROP TABLE limit_usage; --\n"{}"\u2028`;
    await join('first');
    await store.appendUsage('first', [{ key: hostile, limit: 1, used: 1, ageMs: 0 }]);
    expect((await join('first')).usage).toMatchObject([{ key: hostile, used: 1 }]);
  });
});

describe('rate limiters on PostgreSQL', () => {
  const limiterAt = (clock: Clock, processId: string): RateLimiter =>
    createRateLimiter({ store, clock, config: () => config, processId, logger: silentLogger });

  function takeMany(limiter: RateLimiter, times: number): number {
    let allowed = 0;
    for (let index = 0; index < times; index++) if (limiter.take(KEY).allowed) allowed++;
    return allowed;
  }

  it('keep counting across a restart', async () => {
    const clock = createManualClock();
    const first = limiterAt(clock, 'process-1');
    await first.start();
    expect(takeMany(first, 120)).toBe(120);
    await first.stop();
    const second = limiterAt(clock, 'process-1');
    await second.start();
    expect(takeMany(second, 310)).toBe(180);
    await second.stop();
  });

  it('never pass the limit together', async () => {
    const clock = createManualClock();
    const limiters = [limiterAt(clock, 'process-1'), limiterAt(clock, 'process-2'), limiterAt(clock, 'process-3')];
    for (const limiter of limiters) await turn(clock, limiter.start());
    let allowed = 0;
    for (let round = 0; round < 60; round++) {
      for (const limiter of limiters) allowed += takeMany(limiter, 20);
      await turn(clock, testDatabase.database.query('SELECT 1'));
    }
    expect(allowed).toBeLessThanOrEqual(300);
    expect(allowed).toBeGreaterThanOrEqual(250);
    for (const limiter of limiters) await turn(clock, limiter.stop());
  });

  /** Turns the clock in small steps until `ending` is done; what waits for the database really waits. */
  async function turn(clock: ReturnType<typeof createManualClock>, ending: Promise<unknown>): Promise<void> {
    let isEnded = false;
    const end = ending.finally(() => {
      isEnded = true;
    });
    while (!isEnded) {
      clock.advance(100);
      await testDatabase.database.query('SELECT 1');
    }
    await end;
  }
});
