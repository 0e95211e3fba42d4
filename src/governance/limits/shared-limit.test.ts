/**
 * Random lives of several processes on one store: calls, joins, stops, kills, cut connections and lost answers, in any
 * order. Whatever happens, no window of any key holds more calls than its limit.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { elapse } from '#foundation/time';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import { rateLimitConfigSchema } from './config.ts';
import type { LimitStore } from './limit-store.ts';
import { createMemoryLimitStore } from './memory-limit-store.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';

proves('rate.shared');

const WINDOW_MS = 20_000;
const LIMITS = { 'key-a': 7, 'key-b': 40 } as const;
type KeyName = keyof typeof LIMITS;

type Step =
  | { readonly do: 'take'; readonly slot: number; readonly key: KeyName; readonly times: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'join' | 'stop' | 'kill' | 'crash' | 'heal'; readonly slot: number }
  | { readonly do: 'cut'; readonly slot: number; readonly how: 'before' | 'after' }
  | { readonly do: 'slow'; readonly slot: number; readonly ms: number };

const slot = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      slot,
      key: fc.constantFrom<KeyName>('key-a', 'key-b'),
      times: fc.integer({ min: 1, max: 45 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 400, max: 45_000 })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'stop', 'heal'), slot }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'crash'), slot }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('cut' as const), slot, how: fc.constantFrom('before' as const, 'after') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('slow' as const), slot, ms: fc.integer({ min: 0, max: 15_000 }) }),
  },
);

/** Lives in which a limit was once passed. */
const PASSED_ONCE: [Step[], boolean][] = [
  // The successor of a process that left had calls counted on a key of which its predecessor had not heard.
  [
    [
      { do: 'join', slot: 2 },
      { do: 'take', slot: 2, key: 'key-a', times: 1 },
      { do: 'stop', slot: 2 },
      { do: 'wait', ms: 401 },
      { do: 'join', slot: 1 },
      { do: 'wait', ms: 255 },
    ],
    true,
  ],
  // A process that was alone died, a newcomer was given a part of its place, and it came back cut off.
  [
    [
      { do: 'crash', slot: 0 },
      { do: 'wait', ms: 25_400 },
      { do: 'join', slot: 1 },
      { do: 'join', slot: 0 },
      { do: 'cut', slot: 0, how: 'before' },
      { do: 'wait', ms: 401 },
    ],
    true,
  ],
];

type Place = {
  limiter: RateLimiter | undefined;
  cut: 'no' | 'before' | 'after';
  slowMs: number;
  /** How many homes the place has had; a successor in the same home has the same id. */
  homes: number;
  life: { isOver: boolean };
};

describe('a limit shared by processes', () => {
  it('is never passed in any window, whatever happens to the processes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), fc.boolean(), async (steps, isGreedy) => {
        const taken = await live(steps, isGreedy);
        for (const [key, times] of taken) expect(mostInWindow(times)).toBeLessThanOrEqual(LIMITS[key]);
      }),
      { numRuns: 400, examples: PASSED_ONCE },
    );
  });
});

/** When greedy, every process takes all that it is given after every step and at every quarter of a second. */
async function live(steps: readonly Step[], isGreedy: boolean): Promise<Map<KeyName, number[]>> {
  const clock = createManualClock();
  const shared = createMemoryLimitStore(clock);
  const places: Place[] = Array.from({ length: 4 }, () => ({
    limiter: undefined,
    cut: 'no',
    slowMs: 0,
    homes: 0,
    life: { isOver: false },
  }));
  const taken = new Map<KeyName, number[]>([
    ['key-a', []],
    ['key-b', []],
  ]);
  await act({ do: 'join', slot: 0 });
  for (const next of steps) await act(next);
  return taken;

  function takeAll(): void {
    for (const place of places) {
      take(place, 'key-a', LIMITS['key-a']);
      take(place, 'key-b', LIMITS['key-b']);
    }
  }

  async function wait(milliseconds: number): Promise<void> {
    for (let gone = 0; gone < milliseconds; gone += 250) {
      await pass(clock, Math.min(250, milliseconds - gone));
      if (isGreedy) takeAll();
    }
  }

  async function act(next: Step): Promise<void> {
    if (next.do === 'wait') return wait(next.ms);
    const place = places[next.slot];
    if (place === undefined) return;
    if (next.do === 'take') take(place, next.key, next.times);
    if (next.do === 'cut') place.cut = next.how;
    if (next.do === 'slow') place.slowMs = next.ms;
    if (next.do === 'heal') {
      place.cut = 'no';
      place.slowMs = 0;
    }
    if (next.do === 'join' && place.limiter === undefined && isWell(place)) await join(place, next.slot);
    if (next.do === 'stop' && place.limiter !== undefined) {
      const { limiter } = place;
      place.limiter = undefined;
      await passUntil(clock, limiter.stop());
    }
    // A killed process that held everything leaves calls unwritten that only its own successor charges for, so here
    // it writes them first; its death is as sudden for the others.
    if ((next.do === 'kill' || next.do === 'crash') && place.limiter !== undefined && isWell(place)) {
      await pass(clock, 600);
      place.limiter = undefined;
      place.life.isOver = true;
      if (next.do === 'kill') place.homes++;
    }
    await settle();
  }

  async function join(place: Place, index: number): Promise<void> {
    place.life = { isOver: false };
    const limiter = createRateLimiter({
      store: troubled(shared, place, clock),
      clock,
      config: () => rateLimitConfigSchema.parse({ window_secs: WINDOW_MS / 1_000 }),
      processId: `process-${index}-${place.homes}`,
      logger: silentLogger,
    });
    await passUntil(clock, limiter.start());
    place.limiter = limiter;
  }

  function take(place: Place, key: KeyName, times: number): void {
    for (let index = 0; index < times; index++) {
      if (place.limiter?.take({ key, limit: LIMITS[key] }).allowed) taken.get(key)?.push(clock.monotonicMs());
    }
  }
}

function isWell(place: Place): boolean {
  return place.cut === 'no' && place.slowMs === 0;
}

/** `before`: what is sent never arrives. `after`: it arrives, and the answer is lost. Slow: both ways take so long. */
function troubled(store: LimitStore, place: Place, clock: ManualClock): LimitStore {
  const { life } = place;

  async function through<T>(send: () => Promise<T>): Promise<T> {
    if (life.isOver) throw new Error('the process is dead');
    if (place.slowMs > 0) await elapse(clock, place.slowMs);
    if (place.cut === 'before') throw new Error('connection refused');
    const answer = await send();
    if (place.slowMs > 0) await elapse(clock, place.slowMs);
    if (place.cut === 'after') throw new Error('connection lost');
    return answer;
  }
  return {
    join: (request) => through(() => store.join(request)),
    sync: (request) => through(() => store.sync(request)),
    appendUsage: (processId, usage) => through(() => store.appendUsage(processId, usage)),
    pruneUsage: (ageMs) => through(() => store.pruneUsage(ageMs)),
    leave: (processId, incarnation) => through(() => store.leave(processId, incarnation)),
    onChange: (processId, listener) =>
      store.onChange(processId, () => place.cut === 'no' && !life.isOver && listener()),
  };
}

async function pass(clock: ManualClock, milliseconds: number): Promise<void> {
  for (let gone = 0; gone < milliseconds; gone += 250) {
    clock.advance(Math.min(250, milliseconds - gone));
    await settle();
  }
}

async function passUntil(clock: ManualClock, ending: Promise<void>): Promise<void> {
  let isEnded = false;
  void ending.then(() => {
    isEnded = true;
  });
  await settle();
  for (let turn = 0; turn < 1_000 && !isEnded; turn++) await pass(clock, 250);
  await ending;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}

function mostInWindow(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, atMs] of times.entries()) {
    while ((times[first] ?? 0) + WINDOW_MS <= atMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
