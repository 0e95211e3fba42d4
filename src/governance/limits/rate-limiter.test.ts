import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { rateLimitConfigSchema } from './config.ts';
import type { LimitStore } from './limit-store.ts';
import { createMemoryLimitStore } from './memory-limit-store.ts';
import { createRateLimiter, type Demand, type RateLimiter } from './rate-limiter.ts';

const config = rateLimitConfigSchema.parse({});
const KEY: Demand = { key: 'session\nuser-1\nsession-1', limit: 300 };

/** Lets every promise that is ready run, without time passing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

async function pass(clock: ManualClock, milliseconds: number): Promise<void> {
  for (let gone = 0; gone < milliseconds; gone += 50) {
    clock.advance(Math.min(50, milliseconds - gone));
    await settle();
  }
}

/** A store that can be cut off, as a database can. */
function cuttable(store: LimitStore): LimitStore & { isCut: boolean } {
  const refuse = () => Promise.reject(new Error('connection refused'));
  const door = {
    isCut: false,
    join: (request: Parameters<LimitStore['join']>[0]) => (door.isCut ? refuse() : store.join(request)),
    sync: (request: Parameters<LimitStore['sync']>[0]) => (door.isCut ? refuse() : store.sync(request)),
    appendUsage: (processId: string, usage: Parameters<LimitStore['appendUsage']>[1]) =>
      door.isCut ? refuse() : store.appendUsage(processId, usage),
    pruneUsage: (ageMs: number) => (door.isCut ? refuse() : store.pruneUsage(ageMs)),
    leave: (processId: string, incarnation: number) => (door.isCut ? refuse() : store.leave(processId, incarnation)),
    onChange: store.onChange,
  };
  return door;
}

function limiterOn(store: LimitStore, clock: ManualClock, processId = 'process-1', keysMax = 1_000): RateLimiter {
  return createRateLimiter({ store, clock, config: () => config, processId, logger: silentLogger, keysMax });
}

async function started(store: LimitStore, clock: ManualClock, processId = 'process-1'): Promise<RateLimiter> {
  const limiter = limiterOn(store, clock, processId);
  const starting = limiter.start();
  await settle();
  await pass(clock, 6_000);
  await starting;
  return limiter;
}

function takeMany(limiter: RateLimiter, times: number, demand: Demand = KEY): number {
  let allowed = 0;
  for (let index = 0; index < times; index++) if (limiter.take(demand).allowed) allowed++;
  return allowed;
}

describe('a rate limiter alone', () => {
  it('allows exactly the limit at once, without waiting for the store', async () => {
    const clock = createManualClock();
    const limiter = await started(createMemoryLimitStore(clock), clock);
    expect(takeMany(limiter, 310)).toBe(300);
  });

  it('names the milliseconds until the oldest counted call leaves, and allows one call exactly then', async () => {
    const clock = createManualClock();
    const limiter = await started(createMemoryLimitStore(clock), clock);
    limiter.take(KEY);
    await pass(clock, 7_000);
    takeMany(limiter, 299);
    await pass(clock, 1_234);
    expect(limiter.take(KEY)).toMatchObject({ allowed: false, retryAfterMs: 60_000 - 8_234 });
    await pass(clock, 60_000 - 8_234 - 1);
    expect(limiter.take(KEY)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(takeMany(limiter, 3)).toBe(1);
  });

  it('does not charge a refused call, nor any key when one of several refuses', async () => {
    const clock = createManualClock();
    const limiter = await started(createMemoryLimitStore(clock), clock);
    const narrow: Demand = { key: 'narrow', limit: 1 };
    const wide: Demand = { key: 'wide', limit: 3 };
    expect(limiter.take(wide, narrow).allowed).toBe(true);
    for (let index = 0; index < 5; index++) {
      expect(limiter.take(wide, narrow)).toMatchObject({ allowed: false, refused: narrow });
    }
    expect(takeMany(limiter, 5, wide)).toBe(2);
  });

  it('denies before it has started and after it has stopped', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const limiter = limiterOn(store, clock);
    expect(limiter.take(KEY).allowed).toBe(false);
    await limiter.start();
    expect(limiter.take(KEY).allowed).toBe(true);
    await limiter.stop();
    expect(limiter.take(KEY).allowed).toBe(false);
  });

  it('counts the calls of its former life exactly after a stop in order', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const first = await started(store, clock);
    takeMany(first, 120);
    await first.stop();
    const second = await started(store, clock);
    expect(takeMany(second, 300)).toBe(180);
  });

  it('counts them under another process id too, when nobody else is there', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const first = await started(store, clock);
    takeMany(first, 120);
    await first.stop();
    const second = await started(store, clock, 'process-2');
    expect(takeMany(second, 300)).toBe(180);
  });

  it('counts written calls and what may be unwritten after a kill, for one window', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const killed = await started(store, clock);
    takeMany(killed, 100);
    await pass(clock, 600);
    const second = limiterOn(store, clock);
    await second.start();
    expect(takeMany(second, 300)).toBe(300 - 100 - 38);
    expect(takeMany(second, 300, { key: 'another', limit: 300 })).toBe(300 - 38);
    await pass(clock, 60_000);
    expect(takeMany(second, 310)).toBe(300);
    expect(takeMany(second, 310, { key: 'a third', limit: 300 })).toBe(300);
  });

  it('writes a busy key at once, so that little is unwritten when it is killed', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const killed = await started(store, clock);
    takeMany(killed, 30);
    clock.advance(0);
    await settle();
    const second = limiterOn(store, clock);
    await second.start();
    expect(takeMany(second, 300)).toBe(300 - 30 - 38);
  });

  it('goes on with three quarters while the database is away, and with all once it is back', async () => {
    const clock = createManualClock();
    const store = cuttable(createMemoryLimitStore(clock));
    const limiter = await started(store, clock);
    store.isCut = true;
    expect(takeMany(limiter, 310)).toBe(300);
    await pass(clock, 120_000);
    expect(takeMany(limiter, 310)).toBe(225);
    store.isCut = false;
    await pass(clock, 2_000);
    expect(takeMany(limiter, 310)).toBe(75);
  });

  it('keeps at most so many keys, forgets idle ones and refuses a new key while all are in use', async () => {
    const clock = createManualClock();
    const limiter = limiterOn(createMemoryLimitStore(clock), clock, 'process-1', 10);
    await limiter.start();
    for (let index = 0; index < 10; index++) {
      expect(limiter.take({ key: `key-${index}`, limit: 5 }).allowed).toBe(true);
    }
    expect(limiter.take({ key: 'one more', limit: 5 }).allowed).toBe(false);
    await pass(clock, 60_000);
    expect(takeMany(limiter, 10, { key: 'one more', limit: 5 })).toBe(5);
  });

  it('never goes wrong when the wall clock steps', async () => {
    const clock = createManualClock();
    const limiter = await started(createMemoryLimitStore(clock), clock);
    takeMany(limiter, 300);
    clock.stepWall(-3_600_000);
    expect(limiter.take(KEY)).toMatchObject({ allowed: false, retryAfterMs: 60_000 });
    clock.stepWall(2 * 3_600_000);
    expect(limiter.take(KEY).allowed).toBe(false);
  });
});

describe('several rate limiters on one store', () => {
  it('divide what is at hand at once, and a single busy one gets the whole limit soon', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const first = await started(store, clock, 'process-1');
    const second = await started(store, clock, 'process-2');
    await pass(clock, 1_000);
    expect(takeMany(first, 310)).toBe(150);
    let allowed = 150;
    for (let round = 0; round < 20; round++) {
      await pass(clock, 50);
      allowed += takeMany(first, 310);
    }
    expect(allowed).toBe(300);
    expect(takeMany(second, 310)).toBe(0);
  });

  it('let a call of the second process pass on a key that the first does not need', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const first = await started(store, clock, 'process-1');
    const second = await started(store, clock, 'process-2');
    takeMany(first, 10);
    expect(takeMany(second, 10)).toBe(10);
  });

  it('share a limit that is smaller than their number', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const first = await started(store, clock, 'process-1');
    const second = await started(store, clock, 'process-2');
    const single: Demand = { key: 'single', limit: 1 };
    expect(first.take(single)).toMatchObject({ allowed: false, retryAfterMs: 250 });
    await pass(clock, 250);
    expect(first.take(single).allowed).toBe(true);
    await pass(clock, 250);
    expect(second.take(single).allowed).toBe(false);
  });

  it('deny out of reach of the database after ten seconds, and go on when it is back', async () => {
    const clock = createManualClock();
    const shared = createMemoryLimitStore(clock);
    const store = cuttable(shared);
    const first = await started(store, clock, 'process-1');
    await started(shared, clock, 'process-2');
    await pass(clock, 1_000);
    store.isCut = true;
    await pass(clock, 5_000);
    expect(takeMany(first, 10)).toBe(10);
    await pass(clock, 6_000);
    expect(first.take(KEY)).toMatchObject({ allowed: false, retryAfterMs: 250 });
    store.isCut = false;
    await pass(clock, 2_000);
    expect(takeMany(first, 10)).toBe(10);
  });

  it('give the whole limit to the one that is left, after what the other used has left the window', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const first = await started(store, clock, 'process-1');
    const second = await started(store, clock, 'process-2');
    takeMany(second, 100);
    await second.stop();
    await pass(clock, 50_000);
    expect(takeMany(first, 310)).toBeLessThanOrEqual(200);
    await pass(clock, 75_000);
    expect(takeMany(first, 310)).toBe(300);
  });

  it('let a newcomer use a quarter beside a silent process that was alone', async () => {
    const clock = createManualClock();
    const shared = createMemoryLimitStore(clock);
    const store = cuttable(shared);
    const silent = await started(store, clock, 'process-1');
    store.isCut = true;
    await pass(clock, 100_000);
    const newcomer = await started(shared, clock, 'process-2');
    expect(takeMany(newcomer, 310) + takeMany(silent, 310)).toBe(300);
    store.isCut = false;
    await pass(clock, 75_000);
    expect(takeMany(newcomer, 310)).toBe(150);
  });

  it('stop one whose id another process took', async () => {
    const clock = createManualClock();
    const store = createMemoryLimitStore(clock);
    const replaced = await started(store, clock, 'process-1');
    const limiter = limiterOn(store, clock, 'process-1');
    await limiter.start();
    await pass(clock, 1_100);
    expect(replaced.take(KEY).allowed).toBe(false);
    expect(limiter.take(KEY).allowed).toBe(true);
  });
});
