import type { ModelRequestEffect } from '#governance/audit/record';
import type { Outcome } from '#governance/governor';
import type { ContentMode } from './config.ts';
import { recordContent } from './content-record.ts';
import type { KnownPrices } from './known-prices.ts';
import type { MessageRequest } from './message-request.ts';
import { type TappedMessage, UNREAD_MESSAGE } from './message-tap.ts';
import { createPayloadCapture } from './payload-capture.ts';
import type { RoutedRequest } from './prepare-request.ts';
import { priceRequest, UNKNOWN_COST } from './price-request.ts';
import type { Redact } from './redacted-content.ts';
import type { RelayEnding } from './relay.ts';
import { readUsage } from './usage.ts';

export type OutcomeDeps = { readonly redact: Redact; readonly prices: KnownPrices };

/** The outcome of a request that was sent upstream, whatever became of it. */
export function relayedOutcome(
  request: MessageRequest,
  routed: RoutedRequest,
  ending: RelayEnding,
  latencyMs: number,
  deps: OutcomeDeps,
): Outcome {
  const { route, upstreamModel } = routed;
  const usage = readUsage(ending.message.usage);
  const models = [ending.message.model, upstreamModel, request.model];
  const cost = priceRequest(route, models, usage, deps.prices);
  const effect: ModelRequestEffect = {
    type: 'model_request',
    provider: route.provider.name,
    requested_model: request.model,
    served_model: ending.message.model,
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
    ...contentOf(request, ending.message, ending.responsePayload, route.content, deps.redact),
  };
  return { status: ending.status, error: ending.error, latency_ms: latencyMs, effect };
}

/** The outcome of a request that was allowed and then could not be sent. */
export function unsentOutcome(
  request: MessageRequest,
  routed: RoutedRequest | undefined,
  failure: { readonly status: 'failed' | 'cancelled'; readonly error: string; readonly httpStatus: number },
  content: ContentMode,
  latencyMs: number,
  deps: OutcomeDeps,
): Outcome {
  const payload = createPayloadCapture({ isCompressed: false });
  const effect: ModelRequestEffect = {
    type: 'model_request',
    provider: routed?.route.provider.name ?? 'none',
    requested_model: request.model,
    served_model: null,
    route: routed?.route.id ?? 'none',
    upstream_request_id: null,
    http_status: failure.httpStatus,
    is_streaming: request.isStreaming,
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
    ...contentOf(request, UNREAD_MESSAGE, payload, content, deps.redact),
  };
  return { status: failure.status, error: failure.error, latency_ms: latencyMs, effect };
}

function contentOf(
  request: MessageRequest,
  message: TappedMessage,
  responsePayload: RelayEnding['responsePayload'],
  mode: ContentMode,
  redact: Redact,
) {
  const requestPayload = createPayloadCapture({ isCompressed: false });
  if (mode !== 'none') requestPayload.push(request.bytes);
  return recordContent({ mode, request, message, requestPayload, responsePayload, redact });
}
