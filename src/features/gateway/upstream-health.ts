import type { Clock } from '#foundation/time';
import type { GatewayConfig } from './config.ts';
import type { RouteTarget } from './model-route.ts';

/** `half_open`: one request is let through to see how things are; the others are kept away until it is back. */
export type BreakerState = 'closed' | 'open' | 'half_open';

export type UpstreamStatus = {
  readonly provider: string;
  readonly endpoint: string;
  readonly state: BreakerState;
  readonly inFlight: number;
  readonly failuresInARow: number;
  /** Until the next probe; null unless open. */
  readonly retryAfterMs: number | null;
};

/** How each upstream is doing: a circuit breaker for each provider and endpoint, and the requests that are there now. */
export type UpstreamHealth = {
  /** Takes a place at the upstream; undefined while its circuit is open. */
  admit(target: RouteTarget): Visit | undefined;
  retryAfterMs(target: RouteTarget): number;
  inFlight(target: RouteTarget): number;
  status(): readonly UpstreamStatus[];
};

/** A request at an upstream. `left` is called once, with how it went; `unknown` when the client went away first. */
export type Visit = { left(how: 'well' | 'badly' | 'unknown'): void };

type Entry = {
  readonly provider: string;
  readonly endpoint: string;
  inFlight: number;
  failuresInARow: number;
  openUntilMs: number;
  isProbing: boolean;
};

const UPSTREAMS_MAX = 1_000;

export function createUpstreamHealth(clock: Clock, config: () => GatewayConfig['circuit_breaker']): UpstreamHealth {
  const entries = new Map<string, Entry>();

  function entryOf(target: RouteTarget): Entry {
    const endpoint = target.endpoint ?? '';
    const key = `${target.provider.name}\n${endpoint}`;
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = {
        provider: target.provider.name,
        endpoint,
        inFlight: 0,
        failuresInARow: 0,
        openUntilMs: 0,
        isProbing: false,
      };
      if (entries.size >= UPSTREAMS_MAX) forgetIdle();
      entries.set(key, entry);
    }
    return entry;
  }

  /** Endpoints that a reloaded configuration no longer names. */
  function forgetIdle(): void {
    for (const [key, entry] of entries) if (entry.inFlight === 0) entries.delete(key);
  }

  function stateOf(entry: Entry): BreakerState {
    if (!config().enabled || entry.failuresInARow < config().failures) return 'closed';
    return clock.monotonicMs() < entry.openUntilMs ? 'open' : 'half_open';
  }

  function leave(entry: Entry, isProbe: boolean, how: 'well' | 'badly' | 'unknown'): void {
    entry.inFlight--;
    if (isProbe) entry.isProbing = false;
    if (how === 'well') entry.failuresInARow = 0;
    if (how !== 'badly') return;
    entry.failuresInARow++;
    if (entry.failuresInARow >= config().failures) entry.openUntilMs = clock.monotonicMs() + config().open_ms;
  }

  return {
    admit(target) {
      const entry = entryOf(target);
      const state = stateOf(entry);
      if (state === 'open' || (state === 'half_open' && entry.isProbing)) return undefined;
      const isProbe = state === 'half_open';
      entry.isProbing ||= isProbe;
      entry.inFlight++;
      let hasLeft = false;
      return {
        left(how) {
          if (hasLeft) return;
          hasLeft = true;
          leave(entry, isProbe, how);
        },
      };
    },
    retryAfterMs: (target) => Math.max(0, Math.ceil(entryOf(target).openUntilMs - clock.monotonicMs())),
    inFlight: (target) => entryOf(target).inFlight,
    status: () =>
      [...entries.values()].map((entry) => ({
        provider: entry.provider,
        endpoint: entry.endpoint,
        state: stateOf(entry),
        inFlight: entry.inFlight,
        failuresInARow: entry.failuresInARow,
        retryAfterMs: stateOf(entry) === 'open' ? Math.ceil(entry.openUntilMs - clock.monotonicMs()) : null,
      })),
  };
}
