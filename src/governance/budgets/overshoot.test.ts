import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation/logging';
import type { Call } from '#governance/policy/call';
import { callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import type { BudgetStore } from './budget-store.ts';
import { type Budgets, createBudgets } from './budgets.ts';
import { budgetsConfigSchema } from './config.ts';
import { createMemoryBudgetStore } from './memory-budget-store.ts';

const WINDOW_MS = 60_000;
const PROCESSES = 3;

type Step =
  | { readonly kind: 'ask'; readonly process: number; readonly tokens: number; readonly count: number }
  | { readonly kind: 'settle'; readonly which: number; readonly part: number }
  | { readonly kind: 'release'; readonly which: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'lose'; readonly answers: number }
  | { readonly kind: 'kill' | 'restart'; readonly process: number };

const process = fc.nat({ max: PROCESSES - 1 });
const which = fc.nat({ max: 1_000 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      process,
      tokens: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constant(100)),
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      which,
      part: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: WINDOW_MS - 60, max: WINDOW_MS + 60 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), answers: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'restart' as const), process }) },
);

/** What a request is known to have used at most, as somebody who sees everything would know it. */
type Request = {
  readonly atMs: number;
  readonly call: Call;
  readonly budgets: Budgets;
  tokens: number;
  isOpen: boolean;
};

function callFor(tokens: number): Call {
  const model = {
    route: 'route-1',
    provider: 'anthropic',
    upstreamModel: 'claude-x',
    inputTokens: 0,
    outputTokensMax: tokens,
    costNanodollarsMax: 0n,
  };
  return { ...callOf({ kind: 'model_request' }), model };
}

function outcomeOf(tokens: number) {
  const nothing = {
    input_tokens: 0,
    cache_read_tokens: null,
    cache_write_5m_tokens: null,
    cache_write_1h_tokens: null,
  };
  const effect = { type: 'model_request', http_status: 200, ...nothing, output_tokens: tokens, cost_microdollars: 0 };
  return { effect } as unknown as Parameters<Budgets['settle']>[1];
}

/** Three processes on one store that may lose its answers, and everything that they let through. */
async function startWorld(window: string, limit: number) {
  const clock = createManualClock(1_800_000_000_000);
  const inner = createMemoryBudgetStore();
  let lost = 0;
  const store: BudgetStore = {
    ...inner,
    async sync(request) {
      const reply = await inner.sync(request);
      if (lost > 0) {
        lost--;
        throw new Error('the answer is lost');
      }
      return reply;
    },
  };
  const config = budgetsConfigSchema.parse([{ id: 'one', window, limits: { output_tokens: limit } }]);
  const requests: Request[] = [];

  async function start(index: number): Promise<Budgets> {
    const processId = `process-${index}`;
    const made = createBudgets({
      store,
      clock,
      config: () => config,
      processId,
      logger: silentLogger,
      onThreshold() {},
    });
    await made.start();
    return made;
  }
  const running = await Promise.all(Array.from({ length: PROCESSES }, (_, index) => start(index)));

  async function ask(budgets: Budgets, tokens: number): Promise<void> {
    const call = callFor(tokens);
    await budgets.prepare(call);
    const atMs = clock.nowMs();
    if (budgets.take(call).allowed) requests.push({ atMs, call, budgets, tokens, isOpen: true });
  }

  function open(at: number): Request | undefined {
    const all = requests.filter(({ isOpen }) => isOpen);
    return all[at % Math.max(1, all.length)];
  }

  function end(request: Request | undefined, tokens: number | undefined): void {
    if (request === undefined) return;
    request.isOpen = false;
    request.tokens = tokens ?? 0;
    if (tokens === undefined) request.budgets.release(request.call);
    else request.budgets.settle(request.call, outcomeOf(tokens));
  }

  async function run(step: Step): Promise<void> {
    const budgets = 'process' in step ? running[step.process] : undefined;
    switch (step.kind) {
      case 'ask':
        if (budgets !== undefined)
          await Promise.all(Array.from({ length: step.count }, () => ask(budgets, step.tokens)));
        return;
      case 'settle': {
        const request = open(step.which);
        return end(request, Math.floor((request?.tokens ?? 0) * step.part));
      }
      case 'release':
        return end(open(step.which), undefined);
      case 'advance':
        clock.advance(step.ms);
        await new Promise(setImmediate);
        return;
      case 'lose':
        lost = step.answers;
        return;
      case 'kill':
      case 'restart':
        // What was under way may have been answered, and nobody will say what it used.
        for (const request of requests) if (request.budgets === budgets) request.isOpen = false;
        if (step.kind === 'restart') await budgets?.stop();
        running[step.process] = await start(step.process);
    }
  }

  return {
    run,
    running,
    requests,
    inWindow: (ms: number) =>
      requests.filter(({ atMs }) => atMs > clock.nowMs() - ms).reduce((sum, { tokens }) => sum + tokens, 0),
    used: async () => (await inner.read('one', clock.nowMs()))[0]?.used.outputTokens ?? 0,
  };
}

describe.each([
  ['a rolling window', `${WINDOW_MS / 1_000}s`, WINDOW_MS],
  ['a window of the calendar', 'month', Number.POSITIVE_INFINITY],
])('%s', (_, window, windowMs) => {
  it('is never overdrawn, whatever processes do and lose', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3_000 }), fc.array(step, { maxLength: 60 }), async (limit, steps) => {
        const world = await startWorld(window, limit);
        for (const each of steps) {
          await world.run(each);
          expect(world.inWindow(windowMs)).toBeLessThanOrEqual(limit);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('counts exactly what was used when everybody stopped in order', async () => {
    const orderly = step.filter(({ kind }) => kind !== 'kill' && kind !== 'lose');
    await fc.assert(
      fc.asyncProperty(fc.array(orderly, { maxLength: 40 }), async (steps) => {
        const world = await startWorld('month', 2_000);
        for (const each of steps) await world.run(each);
        for (const budgets of world.running) await budgets.stop();
        expect(await world.used()).toBe(world.inWindow(Number.POSITIVE_INFINITY));
      }),
      { numRuns: 100 },
    );
  });
});
