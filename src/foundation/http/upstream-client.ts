/**
 * The only door to other HTTP servers: undici's low-level dispatch, one pool for each origin, no redirects, no
 * cookies, no proxies from the environment, no retries. What is sent and what comes back is bytes; the receiver is
 * called as they arrive and can hold them back.
 */
import { Pool } from 'undici';
import { OperatingError } from '../errors.ts';
import type { Part } from '../lifecycle.ts';
import type { Clock } from '../time.ts';
import { createFlight, type UpstreamFlight } from './upstream-flight.ts';
import type { UpstreamReceiver, UpstreamRequest } from './upstream-request.ts';

export type UpstreamClient = Part & {
  open(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamFlight;
};

export type UpstreamClientOptions = {
  readonly clock: Clock;
  readonly connectTimeoutMs?: number;
  readonly connectionsPerOriginMax?: number;
  readonly originsMax?: number;
  /** How long an idle connection is kept; shorter than servers keep theirs, so that none is used as it closes. */
  readonly keepAliveMs?: number;
};

const CONNECT_TIMEOUT_MS = 10_000;
// Each open stream holds one, and a fleet has one provider: what comes after the last waits until another ends.
const CONNECTIONS_PER_ORIGIN_MAX = 8_192;
const ORIGINS_MAX = 128;
const KEEP_ALIVE_MS = 20_000;
const HEADER_BYTES_MAX = 65_536;

export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const pools = new Map<string, Pool>();
  let stopped = false;

  function poolFor(origin: string): Pool {
    let pool = pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: options.connectionsPerOriginMax ?? CONNECTIONS_PER_ORIGIN_MAX,
        connect: { timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS },
        keepAliveTimeout: options.keepAliveMs ?? KEEP_ALIVE_MS,
        maxHeaderSize: HEADER_BYTES_MAX,
        allowH2: false,
        pipelining: 1,
      });
    } else {
      pools.delete(origin);
    }
    // A Map keeps the order of insertion, so the first origin is the one least recently used.
    pools.set(origin, pool);
    if (pools.size > (options.originsMax ?? ORIGINS_MAX)) retireOldest();
    return pool;
  }

  /** Closes without cutting: calls in flight end in their own time. */
  function retireOldest(): void {
    const [oldest] = pools;
    if (oldest === undefined) return;
    pools.delete(oldest[0]);
    oldest[1].close().catch(() => {});
  }

  return {
    name: 'upstream client',
    open(request, receiver) {
      const flight = createFlight(request, receiver, options.clock);
      if (stopped) {
        flight.refuse(new OperatingError('unavailable', 'upstream_client_stopped', 'the server is stopping'));
      } else {
        flight.depart(poolFor(request.origin));
      }
      return flight;
    },
    async stop() {
      stopped = true;
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}
