import type { Exchange } from '#foundation/http/exchange';
import type { ModelRequestDetails, ModelRequestEffect } from '#governance/audit/record';
import type { Outcome } from '#governance/governor';
import type { ContentMode } from './config.ts';
import { recordContent } from './content-record.ts';
import type { Delivery } from './deliver.ts';
import type { KnownPrices } from './known-prices.ts';
import { type TappedMessage, UNREAD_MESSAGE } from './message-tap.ts';
import type { ModelRequest } from './model-request.ts';
import { createPayloadCapture, type PayloadCapture } from './payload-capture.ts';
import { CACHED_COST, priceRequest, UNKNOWN_COST } from './price-request.ts';
import type { Redact } from './redacted-content.ts';
import { attributionOf } from './request-attribution.ts';
import { cacheDetails, isFree } from './response-cache/cache-use.ts';
import type { Candidate } from './route-plan.ts';
import { NOTHING_USED } from './usage.ts';

export type OutcomeDeps = {
  readonly redact: Redact;
  /** The same for the turns that the pipeline has judged. */
  readonly redactJudged: Redact;
  readonly prices: KnownPrices;
};

/** The outcome of a request that an upstream answered, whatever it said. */
export function deliveredOutcome(
  request: ModelRequest,
  exchange: Exchange,
  delivery: Delivery,
  latencyMs: number,
  deps: OutcomeDeps,
): Outcome {
  const { candidate, losses, failedAttempts, ending, cache } = delivery;
  const { route, upstreamModel } = candidate;
  const { model } = ending.message;
  const usage = isFree(cache) ? NOTHING_USED : ending.message.usage;
  const cost = isFree(cache)
    ? CACHED_COST
    : priceRequest(route, [model, upstreamModel, request.outline.model], usage, deps.prices);
  const effect: ModelRequestEffect = {
    type: 'model_request',
    provider: route.provider.name,
    requested_model: request.outline.model,
    served_model: model,
    route: route.id,
    upstream_request_id: ending.upstreamRequestId,
    http_status: ending.httpStatus,
    is_streaming: ending.isStreaming,
    ttft_ms: ending.ttftMs,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_5m_tokens: usage.cacheWrite5mTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    reasoning_tokens: usage.reasoningTokens,
    cost_microdollars: cost.costMicrodollars,
    price_source: cost.priceSource,
    stop_reason: ending.message.stopReason,
    details: {
      ...detailsOf(request, exchange, candidate),
      ...(usage.serviceTier === null ? {} : { service_tier: usage.serviceTier }),
      ...(failedAttempts.length === 0 ? {} : { failed_attempts: failedAttempts }),
      ...(losses === null ? {} : { conversion: losses }),
      ...(cache === null ? {} : { cache: cacheDetails(cache, ending.message.usage) }),
    },
    ...contentOf(request, ending.message, ending.responsePayload, route.content, deps),
  };
  return { status: ending.status, error: ending.error, latency_ms: latencyMs, effect };
}

/** The outcome of a request that was allowed and of which no upstream's answer reached the client. */
export function unsentOutcome(
  request: ModelRequest,
  exchange: Exchange,
  tried: Candidate | undefined,
  failure: { readonly status: 'failed' | 'cancelled'; readonly error: string; readonly httpStatus: number },
  content: ContentMode,
  latencyMs: number,
  deps: OutcomeDeps,
): Outcome {
  const payload = createPayloadCapture({ isCompressed: false });
  const effect: ModelRequestEffect = {
    type: 'model_request',
    provider: tried?.route.provider.name ?? 'none',
    requested_model: request.outline.model,
    served_model: null,
    route: tried?.route.id ?? 'none',
    upstream_request_id: null,
    http_status: failure.httpStatus,
    is_streaming: request.outline.isStreaming,
    ttft_ms: null,
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_write_5m_tokens: null,
    cache_write_1h_tokens: null,
    reasoning_tokens: null,
    cost_microdollars: UNKNOWN_COST.costMicrodollars,
    price_source: UNKNOWN_COST.priceSource,
    stop_reason: null,
    details: detailsOf(request, exchange, tried),
    ...contentOf(request, UNREAD_MESSAGE, payload, content, deps),
  };
  return { status: failure.status, error: failure.error, latency_ms: latencyMs, effect };
}

function detailsOf(request: ModelRequest, exchange: Exchange, tried: Candidate | undefined): ModelRequestDetails {
  return {
    operation: request.door.operation,
    client_dialect: request.door.dialect.wire,
    ...(tried === undefined ? {} : { upstream_dialect: tried.wire, upstream_model: tried.upstreamModel }),
    ...attributionOf(request, exchange),
  };
}

function contentOf(
  request: ModelRequest,
  message: TappedMessage,
  responsePayload: PayloadCapture,
  mode: ContentMode,
  { redact, redactJudged }: OutcomeDeps,
) {
  const requestPayload = createPayloadCapture({ isCompressed: false });
  if (mode !== 'none') requestPayload.push(request.bytes);
  return recordContent({ mode, request, message, requestPayload, responsePayload, redact, redactJudged });
}
