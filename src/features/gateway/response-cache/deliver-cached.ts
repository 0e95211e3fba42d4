import type { ServerResponse } from 'node:http';
import type { Exchange } from '#foundation/http/exchange';
import { type DeliverDeps, type Delivery, deliver } from '../deliver.ts';
import { departureError } from '../departure-error.ts';
import type { ModelRequest } from '../model-request.ts';
import { createPayloadCapture } from '../payload-capture.ts';
import type { Candidate, RoutePlan } from '../route-plan.ts';
import { AnswerTape, tapedResponse } from './answer-tape.ts';
import type { ResponseCacheConfig } from './cache-config.ts';
import { type CacheScope, cacheKey } from './cache-key.ts';
import { CACHE_HEADER } from './cache-use.ts';
import { ANSWER_BYTES_MAX, isCacheable, isKeepable, isStillClean } from './cacheable.ts';
import type { CachedAnswer } from './response-cache.ts';
import type { RouteCaches } from './route-caches.ts';

export type CachedDeliverDeps = DeliverDeps & { readonly caches: RouteCaches };

type Told = { onAttempt(candidate: Candidate): void; onEnding(delivery: Delivery): Promise<void> };

/** As `deliver`, but what has been answered before is answered from the cache of the route, where it has one. */
export async function deliverCached(
  plan: RoutePlan,
  request: ModelRequest,
  exchange: Exchange,
  scope: CacheScope,
  deps: CachedDeliverDeps,
  told: Told,
): Promise<void> {
  const cache = deps.caches.of(plan.route);
  const config = plan.route.cache;
  if (cache === undefined || config === undefined || !isCacheable(request, exchange)) {
    return deliver(plan, request, exchange, deps, told);
  }
  const key = cacheKey(request, exchange, scope);
  const found = cache.find(key);
  if (found !== undefined && isStillClean(found.answer, deps.outputScanner())) {
    deps.caches.count('hit');
    return replay(found.answer, found.ageMs, config, exchange, told);
  }
  deps.caches.count('miss');
  cache.forget(key);
  const answer = await deliverTaped(plan, request, exchange, config, deps, told);
  if (answer !== undefined) cache.keep(key, answer);
}

/** The end is recorded before the client gets anything, as it gets all of it at once. */
async function replay(
  answer: CachedAnswer,
  ageMs: number,
  { price }: ResponseCacheConfig,
  exchange: Exchange,
  told: Told,
): Promise<void> {
  if (exchange.aborted.aborted) throw departureError(exchange);
  const { candidate, losses, message, isStreaming, headers, body, requestId } = answer;
  const { response } = exchange;
  const responsePayload = createPayloadCapture({ isCompressed: false });
  responsePayload.push(body);
  const ageSeconds = Math.floor(ageMs / 1_000);
  await told.onEnding({
    candidate,
    losses,
    failedAttempts: [],
    output: null,
    cache: { result: 'hit', ofRequest: requestId, ageSeconds, price },
    ending: {
      status: 'completed',
      error: null,
      httpStatus: 200,
      isStreaming,
      ttftMs: null,
      upstreamRequestId: null,
      message,
      responsePayload,
    },
  });
  if (response.destroyed) return;
  const length = isStreaming ? {} : { 'content-length': String(body.length) };
  response.writeHead(200, { ...headers, ...length, age: String(ageSeconds), [CACHE_HEADER]: 'hit' });
  response.end(body);
}

/** What the upstream's answer is to the next one who asks the same; undefined when it is nothing to them. */
async function deliverTaped(
  plan: RoutePlan,
  request: ModelRequest,
  exchange: Exchange,
  config: ResponseCacheConfig,
  deps: DeliverDeps,
  told: Told,
): Promise<CachedAnswer | undefined> {
  const { response } = exchange;
  response.setHeader(CACHE_HEADER, 'miss');
  const tape = new AnswerTape(ANSWER_BYTES_MAX);
  let delivery: Delivery | undefined;
  let isForCallerOnly = false;
  const proofs = {
    ...deps.proofs,
    // What is remembered for this caller's next turn, another one's next turn would go without.
    remember(...proof: Parameters<DeliverDeps['proofs']['remember']>): void {
      isForCallerOnly = true;
      deps.proofs.remember(...proof);
    },
  };
  await deliver(
    plan,
    request,
    // The signal is made when it is asked for, and not among the members that a copy takes over.
    { ...exchange, aborted: exchange.aborted, response: tapedResponse(response, tape) },
    { ...deps, proofs },
    {
      onAttempt: (candidate) => told.onAttempt(candidate),
      onEnding(ended) {
        delivery = { ...ended, cache: { result: 'miss' } };
        return told.onEnding(delivery);
      },
    },
  );
  return isForCallerOnly ? undefined : keepable(delivery, tape, request, exchange, config);
}

function keepable(
  delivery: Delivery | undefined,
  tape: AnswerTape,
  request: ModelRequest,
  { response, requestId }: Exchange,
  config: ResponseCacheConfig,
): CachedAnswer | undefined {
  const body = tape.whole();
  if (delivery === undefined || body === undefined || !isKeepable(delivery, body.length, request, config)) {
    return undefined;
  }
  const headers = keptHeaders(response);
  if (headers === undefined) return undefined;
  const { candidate, losses, ending } = delivery;
  // The parsed body would be held a second time.
  const { body: _parsed, ...message } = ending.message;
  return { requestId, candidate, losses, message, isStreaming: ending.isStreaming, headers, body };
}

/** What of an answer's head belongs to its body; the rest was about that one exchange. */
const KEPT_HEADERS = ['content-type', 'cache-control', 'x-accel-buffering', 'x-systemprompt-conversion'];

/** Undefined for an encoding that another client may not accept. */
function keptHeaders(response: ServerResponse): Readonly<Record<string, string>> | undefined {
  const encoding = response.getHeader('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') return undefined;
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = response.getHeader(name);
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}
