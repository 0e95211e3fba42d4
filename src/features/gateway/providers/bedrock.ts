import { OperatingError } from '#foundation/errors';
import type { RouteTarget } from '../model-route.ts';
import { modelSegment, operationPath, type UpstreamAddress } from '../upstream-address.ts';
import type { ClaudeEnvelope } from './claude-envelope.ts';
import type { Asked } from './platform.ts';

/**
 * Claude by InvokeModel, which has the Messages API but for its framing, and what else there is by OpenAI's wire. A model
 * is an id, an inference profile or the ARN of one. https://docs.aws.amazon.com/bedrock/latest/APIReference
 */
export function bedrockAddress(asked: Asked): UpstreamAddress | undefined {
  const { wire, operation, model, isStreaming } = asked;
  if (operation !== 'generate') return undefined;
  const { origin, pathname } = new URL(asked.endpoint);
  const base = pathname.replace(/\/+$/, '').replace(/\/openai\/v1$/, '');
  if (wire === 'openai-chat') {
    return { origin, path: `${base}/openai/v1/${operationPath(wire, operation, model, isStreaming)}` };
  }
  if (wire !== 'anthropic') return undefined;
  return {
    origin,
    path: `${base}/model/${modelSegment(model)}/${isStreaming ? 'invoke-with-response-stream' : 'invoke'}`,
  };
}

export function bedrockEnvelope(): ClaudeEnvelope {
  return {
    version: 'bedrock-2023-05-31',
    without: ['model', 'stream'],
    // Bedrock refuses the whole request for these, which change nothing that it does.
    takesBeta: (name) => !REFUSED_BETAS.test(name),
  };
}

const REFUSED_BETAS = /^(claude-code|oauth|cli-internal|afk-mode|mcp-servers|prompt-caching-scope)-/;

/** Of the route, or of the endpoint's host: `bedrock-runtime.eu-west-1.amazonaws.com`. Throws `unavailable`. */
export function bedrockRegion(origin: string, route: RouteTarget): string {
  const named = route.region ?? /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(new URL(origin).hostname)?.[1];
  if (named !== undefined) return named;
  throw new OperatingError('unavailable', 'aws_region_unknown', `the route ${route.id} names no region of AWS`, {
    where: `gateway route ${route.id}`,
    remedy: 'the operator sets region on the route',
  });
}
