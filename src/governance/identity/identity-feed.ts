/**
 * Tells this process what changed in the identity tables, within milliseconds, and whether it can tell at all.
 *
 * A connection can die without a word, so the feed sends itself a probe through the database and counts as live only
 * while the probes come back. After any silence everything is reported as changed.
 */
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, every } from '#foundation/time';

export type IdentityChange =
  | { readonly kind: 'user' | 'pat' | 'session' | 'token'; readonly id: string }
  | { readonly kind: 'all' };

export type IdentityFeed = Part & {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Whether a change made now would be heard. */
  isLive(): boolean;
  /** The last moment, monotonic, at which it was live. */
  lastLiveMs(): number;
  /** Listeners are called before anything else happens in the process. */
  onChange(listener: (change: IdentityChange) => void): void;
};

export const IDENTITY_CHANNEL = 'identity_changed';

const PROBE = 'probe';
const PROBE_INTERVAL_MS = 5_000;
const SILENCE_MS_MAX = 12_000;

export function createIdentityFeed(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}): IdentityFeed {
  const { database, clock, logger } = deps;
  const listeners: ((change: IdentityChange) => void)[] = [];
  let isConnected = false;
  let lastHeardMs = Number.NEGATIVE_INFINITY;
  let stopListening: (() => Promise<void>) | undefined;
  let stopProbing = () => {};
  let isStopped = false;

  const isLive = () => isConnected && clock.monotonicMs() - lastHeardMs <= SILENCE_MS_MAX;

  function announce(change: IdentityChange): void {
    for (const listener of listeners) listener(change);
  }

  function onPayload(payload: string): void {
    const wasLive = isLive();
    if (!wasLive) announce({ kind: 'all' });
    lastHeardMs = clock.monotonicMs();
    if (payload === PROBE) return;
    announce(parseChange(payload) ?? { kind: 'all' });
  }

  function onState(state: 'connected' | 'disconnected'): void {
    if (state === 'disconnected') {
      if (isLive()) lastHeardMs = clock.monotonicMs();
      isConnected = false;
      logger.warn({}, 'identity changes are not heard now; remembered credentials are good for a bounded time');
      return;
    }
    // First everything is marked, then the feed counts as live: nothing stale is served in between.
    announce({ kind: 'all' });
    isConnected = true;
    lastHeardMs = clock.monotonicMs();
  }

  async function listen(): Promise<void> {
    if (isStopped || stopListening !== undefined) return;
    try {
      stopListening = await database.listen(IDENTITY_CHANNEL, onPayload, onState);
    } catch (error) {
      logger.warn({ err: error }, 'the feed of identity changes could not be opened yet');
    }
  }

  async function probe(): Promise<void> {
    await listen();
    // A failed probe needs no word of its own: the silence says it.
    await database.query('SELECT pg_notify($1, $2)', [IDENTITY_CHANNEL, PROBE]).catch(() => undefined);
  }

  return {
    name: 'identity feed',
    async start() {
      await listen();
      stopProbing = every(clock, PROBE_INTERVAL_MS, probe);
    },
    async stop() {
      isStopped = true;
      stopProbing();
      await stopListening?.();
      isConnected = false;
    },
    isLive,
    lastLiveMs: () => (isLive() ? clock.monotonicMs() : lastHeardMs),
    onChange: (listener) => void listeners.push(listener),
  };
}

function parseChange(payload: string): IdentityChange | undefined {
  const match = /^(user|pat|session|token):(.+)$/s.exec(payload);
  const [, kind, id = ''] = match ?? [];
  if (kind === 'user' || kind === 'pat' || kind === 'session' || kind === 'token') return { kind, id };
  return undefined;
}
