import { messageOf, OperatingError } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import type { Logger } from '#foundation/logging';
import type { Budgets } from '#governance/budgets/budgets';
import type { Governed, Governor, Outcome } from '#governance/governor';
import type { Call } from '#governance/policy/call';
import { foundNoSecret } from '#governance/policy/checks/secret-scan';
import type { Decision } from '#governance/policy/decision';
import { budgetHeaders, deniedHeaders } from './budget-headers.ts';
import type { GatewayConfig } from './config.ts';
import type { Delivery } from './deliver.ts';
import { denialReply } from './denial-reply.ts';
import { countedLocally } from './local-count.ts';
import { type Caller, modelCall } from './model-call.ts';
import { deliveredOutcome, type OutcomeDeps, unsentOutcome } from './model-outcome.ts';
import { type Door, type ModelRequest, parseModelRequest } from './model-request.ts';
import type { RouteTable } from './model-route.ts';
import { modelUse } from './model-use.ts';
import { flagOutput, recordOutput } from './output-guard/record-output.ts';
import { findPrice } from './price-request.ts';
import type { ProofMemory } from './proof-memory.ts';
import { callerProofs } from './recalled-proofs.ts';
import { redactBody } from './redact-body.ts';
import { type CachedDeliverDeps, deliverCached } from './response-cache/deliver-cached.ts';
import { type Candidate, planRoute, type RoutePlan } from './route-plan.ts';

export type SendDeps = Omit<OutcomeDeps, 'redactJudged'> &
  Omit<CachedDeliverDeps, 'timeouts' | 'proofs'> & {
    readonly proofMemory: ProofMemory;
    readonly config: () => GatewayConfig;
    readonly routes: () => RouteTable;
    readonly governor: Governor;
    readonly budgets: Pick<Budgets, 'standings' | 'config'>;
    readonly logger: Logger;
  };

/** A client waits at most so long for its outcome to be recorded before it gets the end of its answer. */
const RECORDING_MS_MAX = 2_000;

/** One allowed request on its way to its outcome, which is recorded once, whatever happens. */
type Allowed = {
  readonly exchange: Exchange;
  readonly call: Call;
  readonly governed: Governed;
  readonly startedMs: number;
};

/**
 * parse -> route -> judge -> decision durable -> convert -> credential -> send -> relay, with the tap beside -> outcome
 * durable. Rejects with an operating error, for the surface to render, only while the client has got nothing.
 */
export async function sendModelRequest(
  door: Door,
  exchange: Exchange,
  caller: Caller,
  deps: SendDeps,
): Promise<Reply | undefined> {
  const startedMs = deps.clock.monotonicMs();
  const request = parseModelRequest(door, exchange);
  const plan = planned(request, caller, deps);
  const call = modelCall(request, exchange, caller, plan.ok ? modelUse(plan.value, request, deps.prices) : null);
  const governed = await deps.governor.govern(call, exchange.requestId);
  if (governed.decision.outcome !== 'allow') return denied(door, exchange, governed.decision, deps);
  const told = budgetHeaders(deps.budgets.standings(call), door.dialect.wire, deps.clock.nowMs());
  for (const [name, value] of Object.entries(told)) exchange.response.setHeader(name, value);
  return perform({ exchange, call, governed, startedMs }, request, plan, deps);
}

function denied({ dialect }: Door, { requestId }: Exchange, decision: Decision, deps: SendDeps): Reply {
  const reply = denialReply(decision, dialect, requestId);
  const told = deniedHeaders(decision, deps.budgets.config(), dialect.wire, deps.clock.nowMs());
  return { ...reply, headers: { ...reply.headers, ...told } };
}

type Planned = { readonly ok: true; readonly value: RoutePlan } | { readonly ok: false; readonly error: unknown };

/** Where the request would go. A request that has nowhere to go is judged and recorded all the same. */
function planned(request: ModelRequest, { principal }: Caller, deps: SendDeps): Planned {
  try {
    const load = { inFlight: deps.health.inFlight, chance: deps.chance };
    return { ok: true, value: planRoute(deps.routes(), request, principal, load) };
  } catch (error) {
    return { ok: false, error };
  }
}

async function perform(
  allowed: Allowed,
  received: ModelRequest,
  planned: Planned,
  deps: SendDeps,
): Promise<Reply | undefined> {
  const { exchange } = allowed;
  let request = received;
  let tried: Candidate | undefined;
  let isRecorded = false;
  try {
    request = withoutRedacted(received, allowed);
    if (!planned.ok) throw planned.error;
    const plan = planned.value;
    tried = plan.candidates[0];
    requirePrices(plan, request, deps);
    const { principal } = allowed.call;
    const counted = countedLocally(plan, request);
    if (counted !== undefined) {
      await record(
        allowed,
        { status: 'completed', error: null, latency_ms: latencyOf(allowed, deps), effect: null },
        deps,
      );
      return counted;
    }
    await deliverCached(
      plan,
      request,
      exchange,
      principal,
      {
        ...deps,
        timeouts: timeoutsOf(deps.config()),
        proofs: callerProofs(deps.proofMemory, principal.tenantId, principal.userId),
      },
      {
        onAttempt(candidate) {
          tried = candidate;
        },
        async onEnding(delivery) {
          isRecorded = true;
          await recordAnswer(allowed, delivery, deps);
          return record(allowed, outcomeOf(allowed, request, delivery, deps), deps);
        },
      },
    );
  } catch (error) {
    if (!isRecorded) await record(allowed, failedBefore(allowed, request, tried, error, deps), deps);
    if (error instanceof OperatingError && error.kind === 'cancelled') return undefined;
    throw error;
  }
  return undefined;
}

/** The body with what the pipeline wants replaced; nothing is sent when that cannot be done. */
function withoutRedacted(request: ModelRequest, { exchange, governed }: Allowed): ModelRequest {
  const { redactions, policy } = governed.decision;
  if (redactions.length === 0) return request;
  const redacted = redactBody(request.bytes, request.body, redactions);
  if (redacted.ok) return parseModelRequest(request.door, { ...exchange, body: redacted.bytes });
  throw new OperatingError(
    'denied',
    'redaction_impossible',
    `blocked by policy ${policy}: what must be redacted cannot be replaced in this body`,
    { remedy: 'take the credential out and send the request again' },
  );
}

/** Whoever may serve the request must have a price, or its route must do without. Counting tokens costs nothing. */
function requirePrices({ candidates }: RoutePlan, request: ModelRequest, deps: SendDeps): void {
  if (request.door.operation === 'count_tokens') return;
  const { model } = request.outline;
  for (const { route, upstreamModel } of candidates) {
    if (route.allowUnpriced || findPrice(route, [upstreamModel, model], deps.prices) !== undefined) continue;
    throw new OperatingError('invalid_input', 'model_unpriced', `model: ${JSON.stringify(model)} has no known price`, {
      remedy: `the operator sets pricing on the route ${route.id}, or allow_unpriced: true`,
    });
  }
}

function timeoutsOf({ timeouts }: GatewayConfig) {
  return { firstByteMs: timeouts.first_byte_ms, idleMs: timeouts.idle_ms, totalMs: timeouts.total_ms };
}

/** Counting tokens is free and says nothing new, so its outcome has no effect to price or to keep. */
function outcomeOf(allowed: Allowed, request: ModelRequest, delivery: Delivery, deps: SendDeps): Outcome {
  const latencyMs = latencyOf(allowed, deps);
  if (request.door.operation !== 'count_tokens') {
    return deliveredOutcome(request, allowed.exchange, delivery, latencyMs, outcomeDeps(allowed, deps));
  }
  const { status, error } = delivery.ending;
  return { status, error, latency_ms: latencyMs, effect: null };
}

/** A long prompt is not searched a second time for what the pipeline did not find in it. */
function outcomeDeps({ governed }: Allowed, { redact, prices }: Pick<SendDeps, 'redact' | 'prices'>): OutcomeDeps {
  return { redact, redactJudged: foundNoSecret(governed.decision) ? (value) => value : redact, prices };
}

function failedBefore(
  allowed: Allowed,
  request: ModelRequest,
  tried: Candidate | undefined,
  error: unknown,
  deps: SendDeps,
): Outcome {
  const isCancelled = error instanceof OperatingError && error.kind === 'cancelled';
  const status = isCancelled ? 'cancelled' : 'failed';
  const text = error instanceof OperatingError ? error.message : 'an unexpected error';
  const latencyMs = latencyOf(allowed, deps);
  if (request.door.operation === 'count_tokens') return { status, error: text, latency_ms: latencyMs, effect: null };
  const failure = { status, error: text, httpStatus: httpStatusOf(error) } as const;
  const content = tried?.route.content ?? deps.config().content;
  return unsentOutcome(request, allowed.exchange, tried, failure, content, latencyMs, outcomeDeps(allowed, deps));
}

function httpStatusOf(error: unknown): number {
  if (!(error instanceof OperatingError)) return 500;
  switch (error.kind) {
    case 'not_found':
      return 404;
    case 'rate_limited':
      return 429;
    case 'upstream':
      return 502;
    case 'unavailable':
      return 503;
    case 'timeout':
      return 504;
    case 'cancelled':
      return 499;
    default:
      return 400;
  }
}

function latencyOf(allowed: Allowed, deps: SendDeps): number {
  return Math.round(deps.clock.monotonicMs() - allowed.startedMs);
}

/** What was found in the answer, before its outcome; never rejects. */
async function recordAnswer(allowed: Allowed, { output, ending }: Delivery, deps: SendDeps): Promise<void> {
  if (output === null) return;
  flagOutput(output, ending.message.blocks);
  const { call, governed } = allowed;
  const recorded = recordOutput(output, call, governed.requestId, deps.governor);
  await bounded(recorded, 'what was found in an answer could not be recorded', governed.requestId, deps);
}

/** Never rejects: the effect has happened, and the answer belongs to the client whether or not it could be noted. */
async function record({ call, governed }: Allowed, outcome: Outcome, deps: SendDeps): Promise<void> {
  const recorded = deps.governor.close(call, governed, outcome);
  await bounded(recorded, 'an outcome could not be recorded', governed.requestId, deps);
}

async function bounded(recorded: Promise<void>, sentence: string, requestId: string, deps: SendDeps): Promise<void> {
  const tooLong = Promise.withResolvers<void>();
  const cancel = deps.clock.after(RECORDING_MS_MAX, tooLong.resolve);
  const settled = recorded.catch((error: unknown) => {
    deps.logger.error({ requestId, problem: messageOf(error) }, sentence);
  });
  await Promise.race([settled, tooLong.promise]);
  cancel();
}
