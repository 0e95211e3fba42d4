import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, parseJsonPrecisely } from '#foundation/json';
import type { Clock } from '#foundation/time';
import { conversionHeader, createLosses, type LossReport } from './conversation/losses.ts';
import { createToolNames } from './conversation/tool-names.ts';
import type { AnswerFrame, Dialect, Target } from './dialects/dialect.ts';
import { dialectOf } from './dialects/dialects.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { ModelRequest } from './model-request.ts';
import { type CallerProofs, withRecalledProofs } from './recalled-proofs.ts';
import type { Candidate } from './route-plan.ts';

/** What the answer needs to find its way back. */
export type Conversion = {
  readonly client: Dialect;
  readonly upstream: Dialect;
  readonly target: Target;
  readonly frame: AnswerFrame;
  readonly losses: LossReport;
  /** The value of `x-systemprompt-conversion`. */
  readonly header: string;
  readonly proofs: CallerProofs;
};

/**
 * The body in the upstream's dialect. Throws `invalid_input` for what can be neither expressed nor left out, and for
 * the first loss where the route wants none.
 */
export function convertRequest(
  request: ModelRequest,
  candidate: Candidate,
  requestId: string,
  { clock, proofs }: { readonly clock: Clock; readonly proofs: CallerProofs },
): { readonly body: Buffer; readonly conversion: Conversion } {
  const client = request.door.dialect;
  const upstream = dialectOf(candidate.wire);
  const conversation = withRecalledProofs(client.readRequest(preciseBody(request), request.address), proofs);
  const losses = createLosses();
  const target: Target = {
    model: candidate.upstreamModel,
    provider: candidate.route.provider.name,
    maxOutputTokens: candidate.limits.maxOutputTokens,
    maxReasoningTokens: candidate.limits.maxReasoningTokens,
    toolNames: createToolNames(),
  };
  const body = upstream.writeRequest(conversation, target, losses);
  for (const place of conversation.beyond) losses.drop(place);
  const report = losses.report();
  if (candidate.route.conversion === 'strict') refuseLoss(report, candidate);
  const frame: AnswerFrame = {
    model: request.outline.model,
    requestId,
    createdAtSeconds: Math.floor(clock.nowMs() / 1_000),
    estimatedInputTokens: estimateTokens(request),
    streamsUsage: conversation.streamsUsage,
    streamForm: request.streamForm,
    conversation,
  };
  return {
    body: Buffer.from(JSON.stringify(body)),
    conversion: { client, upstream, target, frame, losses: report, header: conversionHeader(report), proofs },
  };
}

/** The body once more, with every digit of its numbers. */
function preciseBody({ bytes, body }: ModelRequest): JsonObject {
  const precise = parseJsonPrecisely(bytes.toString('utf8'));
  return isJsonObject(precise) ? precise : body;
}

function refuseLoss({ dropped, changed }: LossReport, { route }: Candidate): void {
  const place = dropped[0] ?? changed[0];
  if (place === undefined) return;
  const { name, wire } = route.provider;
  throw new OperatingError(
    'invalid_input',
    'conversion_lossy',
    `${place}: cannot be carried over to ${name}, which speaks ${wire}`,
    { where: place, remedy: `leave it out, or have the operator set conversion: lossy on the route ${route.id}` },
  );
}
