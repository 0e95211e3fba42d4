import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { OutputScanner } from '#governance/guardrails/output-scanner';
import type { LossReport } from './conversation/losses.ts';
import { relayConverted } from './converted-relay.ts';
import { departureError } from './departure-error.ts';
import { dialectOf } from './dialects/dialects.ts';
import type { ModelRequest } from './model-request.ts';
import { OutputActions } from './output-guard/output-action.ts';
import { preparedByProvider } from './prepare-by-provider.ts';
import { type PrepareDeps, prepareUpstream } from './prepare-upstream.ts';
import { platformClient } from './providers/platform-client.ts';
import type { SignRequest } from './providers/sign-request.ts';
import { relay } from './relay.ts';
import type { Refusal, RelayEnding } from './relay-contract.ts';
import type { CacheUse } from './response-cache/cache-use.ts';
import { isRetried, waitMs } from './retry-rule.ts';
import type { Candidate, RoutePlan } from './route-plan.ts';
import type { UpstreamHealth, Visit } from './upstream-health.ts';

export type DeliverDeps = PrepareDeps & {
  readonly client: UpstreamClient;
  readonly sign: SignRequest;
  readonly health: UpstreamHealth;
  readonly outputScanner: () => OutputScanner;
  /** From 0 to 1, without 1. */
  readonly chance: () => number;
};

/** An attempt that came to nothing, for the record. */
export type FailedAttempt = {
  readonly provider: string;
  readonly model: string;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly error: string;
};

export type Delivery = {
  readonly candidate: Candidate;
  /** Null where client and upstream speak the same. */
  readonly losses: LossReport | null;
  readonly failedAttempts: readonly FailedAttempt[];
  readonly ending: RelayEnding;
  readonly output: OutputActions | null;
  /** Null where the cache had nothing to do with it. */
  readonly cache: CacheUse | null;
};

/**
 * Tries the upstreams of a plan in their order until one has an answer for the client; resolves when the client has
 * it. `onEnding` is told once, before the client sees the end. Rejects with an operating error while the client has
 * got nothing; `onAttempt` has then been told of every upstream that was tried.
 */
export async function deliver(
  plan: RoutePlan,
  request: ModelRequest,
  exchange: Exchange,
  deps: DeliverDeps,
  told: { onAttempt(candidate: Candidate): void; onEnding(delivery: Delivery): Promise<void> },
): Promise<void> {
  const failedAttempts: FailedAttempt[] = [];
  let problem: OperatingError | undefined;
  for (const [index, candidate] of plan.candidates.entries()) {
    const isLastCandidate = index === plan.candidates.length - 1;
    for (let attempt = 1; attempt <= plan.retry.attempts_max; attempt++) {
      requirePresence(exchange);
      const visit = deps.health.admit(candidate.route);
      if (visit === undefined) {
        problem = circuitOpen(candidate, deps.health);
        failedAttempts.push(failedAttempt(candidate, null, problem.message));
        break;
      }
      told.onAttempt(candidate);
      const isLast = isLastCandidate && attempt === plan.retry.attempts_max;
      const refusal = await attemptAt(candidate, isLast, visit, {
        plan,
        request,
        exchange,
        deps,
        failedAttempts,
        told,
      });
      if (refusal === undefined) return;
      problem = refusedBy(candidate, refusal);
      failedAttempts.push(failedAttempt(candidate, refusal.status, problem.message));
      if (attempt === plan.retry.attempts_max) break;
      const wait = waitMs(plan.retry, attempt + 1, refusal, deps.chance());
      if (wait === undefined) break;
      await pause(wait, exchange, deps);
    }
  }
  throw problem ?? new OperatingError('internal', 'no_candidate', 'the route has no upstream');
}

type Attempting = {
  readonly plan: RoutePlan;
  readonly request: ModelRequest;
  readonly exchange: Exchange;
  readonly deps: DeliverDeps;
  readonly failedAttempts: readonly FailedAttempt[];
  readonly told: { onEnding(delivery: Delivery): Promise<void> };
};

async function attemptAt(
  candidate: Candidate,
  isLast: boolean,
  visit: Visit,
  { plan, request, exchange, deps, failedAttempts, told }: Attempting,
): Promise<Refusal | undefined> {
  let how: 'well' | 'badly' | 'unknown' = 'unknown';
  try {
    const prepared = prepareUpstream(candidate, request, exchange, deps);
    const { conversion } = prepared;
    const { route } = candidate;
    const ready = await readyRequest(prepared.upstream, candidate, request, deps);
    if (ready instanceof OperatingError) {
      if (isLast || !isRetried(plan.retry, null, ready)) throw ready;
      how = 'badly';
      return { status: null, error: ready, retryAfterMs: null };
    }
    // While a credential was made for the request, its client may have gone.
    requirePresence(exchange);
    const reads = READS[request.door.operation];
    const output = reads === 'message' ? new OutputActions(route.outputGuard, deps.outputScanner()) : null;
    const options = {
      client: platformClient(deps.client, candidate, exchange.requestId),
      clock: deps.clock,
      exchange,
      request: ready,
      dialect: dialectOf(candidate.wire),
      reads,
      keepContent: isRecorded(route) || output?.isLooking === true || plan.route.cache !== undefined,
      output,
      isWorthAnother: isLast
        ? null
        : (status: number | null, error: OperatingError | null) => isRetried(plan.retry, status, error),
      filter: prepared.filter,
      onEnding(ending: RelayEnding) {
        // What a model says is no fault of the way to it.
        how = output?.blockedBy === undefined ? healthOf(ending) : 'well';
        return told.onEnding({
          candidate,
          losses: conversion?.losses ?? null,
          failedAttempts,
          ending,
          output,
          cache: null,
        });
      },
    };
    const refusal = await (conversion === null ? relay(options) : relayConverted(options, conversion));
    if (refusal !== undefined) how = refusal.status === null || refusal.status >= 500 ? 'badly' : 'unknown';
    return refusal;
  } finally {
    visit.left(how);
  }
}

/** The request with all that it needs, or why there is no credential for it just now: that failure is one of the way. */
async function readyRequest(
  upstream: UpstreamRequest,
  candidate: Candidate,
  request: ModelRequest,
  { sign, clock }: DeliverDeps,
): Promise<UpstreamRequest | OperatingError> {
  try {
    const signed = await sign(upstream, candidate.route);
    return await preparedByProvider(signed, candidate, request, clock);
  } catch (error) {
    if (error instanceof OperatingError && (error.kind === 'upstream' || error.kind === 'timeout')) return error;
    throw error;
  }
}

const READS = { generate: 'message', count_tokens: 'status', embed: 'usage' } as const;

function isRecorded({ content }: Candidate['route']): boolean {
  return content === 'full' || content === 'redacted';
}

/** An answer that says no is an upstream that works; one that the client left says nothing. */
function healthOf(ending: RelayEnding): 'well' | 'badly' | 'unknown' {
  if (ending.status === 'cancelled') return 'unknown';
  if (ending.status === 'completed') return 'well';
  return ending.httpStatus >= 400 && ending.httpStatus < 500 ? 'unknown' : 'badly';
}

function circuitOpen({ route }: Candidate, health: UpstreamHealth): OperatingError {
  return new OperatingError(
    'unavailable',
    'circuit_open',
    `the upstream ${route.provider.name} keeps failing and is left alone for a while`,
    { retryAfterMs: health.retryAfterMs(route), remedy: 'try again later, or choose another model' },
  );
}

function refusedBy({ route }: Candidate, { status, error, retryAfterMs }: Refusal): OperatingError {
  if (error !== null) return error;
  const after = retryAfterMs === null ? {} : { retryAfterMs };
  return new OperatingError(
    status === 429 ? 'rate_limited' : 'upstream',
    'upstream_refused',
    `the upstream ${route.provider.name} answered ${status}`,
    after,
  );
}

function failedAttempt({ route, upstreamModel }: Candidate, status: number | null, error: string): FailedAttempt {
  return { provider: route.provider.name, model: upstreamModel, status, error };
}

function requirePresence(exchange: Exchange): void {
  if (exchange.aborted.aborted) throw departureError(exchange);
}

/** Ends early when the client goes away. */
async function pause(waitMs: number, { aborted }: Exchange, { clock }: DeliverDeps): Promise<void> {
  const over = Promise.withResolvers<void>();
  const cancel = clock.after(waitMs, over.resolve);
  aborted.addEventListener('abort', () => over.resolve(), { once: true });
  await over.promise;
  cancel();
}
