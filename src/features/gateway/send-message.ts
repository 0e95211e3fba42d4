import { messageOf, OperatingError } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import type { Governed, Governor, Outcome } from '#governance/governor';
import type { Call } from '#governance/policy/call';
import type { SecretSource } from '#governance/secrets/secret-value';
import { denialReply } from './anthropic-denial.ts';
import type { GatewayConfig } from './config.ts';
import { type MessageRequest, parseMessageRequest } from './message-request.ts';
import { type Caller, modelCall } from './model-call.ts';
import { type OutcomeDeps, relayedOutcome, unsentOutcome } from './model-outcome.ts';
import type { RouteTable } from './model-route.ts';
import { type Operation, type RoutedRequest, routeRequest, upstreamRequest } from './prepare-request.ts';
import { findPrice } from './price-request.ts';
import { redactBody } from './redact-body.ts';
import { type RelayEnding, relay } from './relay.ts';

export type SendDeps = OutcomeDeps & {
  readonly config: () => GatewayConfig;
  readonly routes: () => RouteTable;
  readonly governor: Governor;
  readonly secrets: Pick<SecretSource, 'find'>;
  readonly client: UpstreamClient;
  readonly mockEndpoint: () => string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** A client waits at most so long for its outcome to be recorded before it gets the end of its answer. */
const RECORDING_MS_MAX = 2_000;

/** One allowed request on its way to its outcome, which is recorded once, whatever happens. */
type Allowed = {
  readonly operation: Operation;
  readonly exchange: Exchange;
  readonly call: Call;
  readonly governed: Governed;
  readonly startedMs: number;
};

/**
 * parse -> judge -> decision durable -> route -> credential -> send -> relay, with the tap beside -> outcome durable.
 * Rejects with an operating error, for the surface to render, only while the client has got nothing.
 */
export async function sendMessage(
  operation: Operation,
  exchange: Exchange,
  caller: Caller,
  deps: SendDeps,
): Promise<Reply | undefined> {
  const startedMs = deps.clock.monotonicMs();
  const request = parseMessageRequest(exchange.body);
  const call = modelCall(request, exchange, caller);
  const governed = await deps.governor.govern(call, exchange.requestId);
  if (governed.decision.outcome !== 'allow') return denialReply(governed.decision, exchange.requestId);
  await perform({ operation, exchange, call, governed, startedMs }, request, deps);
  return undefined;
}

async function perform(allowed: Allowed, received: MessageRequest, deps: SendDeps): Promise<void> {
  const { exchange, operation } = allowed;
  let request = received;
  let routed: RoutedRequest | undefined;
  let isRecorded = false;
  try {
    request = withoutRedacted(received, allowed.governed);
    routed = routeRequest(deps.routes(), request.model);
    requirePrice(routed, request, deps);
    const timeouts = timeoutsOf(deps.config());
    const upstream = upstreamRequest(routed, request, operation, exchange, { ...deps, timeouts });
    if (exchange.aborted.aborted) throw new OperatingError('cancelled', 'client_gone', 'the client went away');
    const target = routed;
    await relay({
      client: deps.client,
      clock: deps.clock,
      exchange,
      request: upstream,
      reads: operation === 'messages' ? 'message' : 'status',
      keepContent: target.route.content === 'full' || target.route.content === 'redacted',
      onEnding: (ending) => {
        isRecorded = true;
        return record(allowed, outcomeOf(allowed, request, target, ending, deps), deps);
      },
    });
  } catch (error) {
    if (!isRecorded) await record(allowed, failedBefore(allowed, request, routed, error, deps), deps);
    if (error instanceof OperatingError && error.kind === 'cancelled') return;
    throw error;
  }
}

/** The body with what the pipeline wants replaced; nothing is sent when that cannot be done. */
function withoutRedacted(request: MessageRequest, governed: Governed): MessageRequest {
  const { redactions, policy } = governed.decision;
  if (redactions.length === 0) return request;
  const redacted = redactBody(request.bytes, request.body, redactions);
  if (redacted.ok) return parseMessageRequest(redacted.bytes);
  throw new OperatingError(
    'denied',
    'redaction_impossible',
    `blocked by policy ${policy}: what must be redacted cannot be replaced in this body`,
    { remedy: 'take the credential out and send the request again' },
  );
}

function requirePrice(routed: RoutedRequest, request: MessageRequest, deps: SendDeps): void {
  const { route, upstreamModel } = routed;
  if (route.allowUnpriced || findPrice(route, [upstreamModel, request.model], deps.prices) !== undefined) return;
  throw new OperatingError(
    'invalid_input',
    'model_unpriced',
    `model: ${JSON.stringify(request.model)} has no known price`,
    {
      remedy: `the operator sets a price on the route ${route.id}, or allow_unpriced: true`,
    },
  );
}

function timeoutsOf({ timeouts }: GatewayConfig) {
  return { firstByteMs: timeouts.first_byte_ms, idleMs: timeouts.idle_ms, totalMs: timeouts.total_ms };
}

/** Counting tokens is free and says nothing new, so its outcome has no effect to price or to keep. */
function outcomeOf(
  allowed: Allowed,
  request: MessageRequest,
  routed: RoutedRequest,
  ending: RelayEnding,
  deps: SendDeps,
): Outcome {
  const latencyMs = latencyOf(allowed, deps);
  if (allowed.operation === 'messages') return relayedOutcome(request, routed, ending, latencyMs, deps);
  return { status: ending.status, error: ending.error, latency_ms: latencyMs, effect: null };
}

function failedBefore(
  allowed: Allowed,
  request: MessageRequest,
  routed: RoutedRequest | undefined,
  error: unknown,
  deps: SendDeps,
): Outcome {
  const isCancelled = error instanceof OperatingError && error.kind === 'cancelled';
  const status = isCancelled ? 'cancelled' : 'failed';
  const text = error instanceof OperatingError ? error.message : 'an unexpected error';
  const latencyMs = latencyOf(allowed, deps);
  if (allowed.operation !== 'messages') return { status, error: text, latency_ms: latencyMs, effect: null };
  const failure = { status, error: text, httpStatus: httpStatusOf(error) } as const;
  const content = routed?.route.content ?? deps.config().content;
  return unsentOutcome(request, routed, failure, content, latencyMs, deps);
}

function httpStatusOf(error: unknown): number {
  if (!(error instanceof OperatingError)) return 500;
  switch (error.kind) {
    case 'not_found':
      return 404;
    case 'unavailable':
      return 503;
    case 'cancelled':
      return 499;
    default:
      return 400;
  }
}

function latencyOf(allowed: Allowed, deps: SendDeps): number {
  return Math.round(deps.clock.monotonicMs() - allowed.startedMs);
}

/** Never rejects: the effect has happened, and the answer belongs to the client whether or not it could be noted. */
async function record(allowed: Allowed, outcome: Outcome, deps: SendDeps): Promise<void> {
  const { call, governed } = allowed;
  const tooLong = Promise.withResolvers<void>();
  const cancel = deps.clock.after(RECORDING_MS_MAX, tooLong.resolve);
  const recorded = deps.governor.close(call, governed, outcome).catch((error: unknown) => {
    deps.logger.error({ requestId: governed.requestId, problem: messageOf(error) }, 'an outcome could not be recorded');
  });
  await Promise.race([recorded, tooLong.promise]);
  cancel();
}
