import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { ModelRequest } from '../model-request.ts';
import type { Candidate } from '../route-plan.ts';
import { bedrockEnvelope } from './bedrock.ts';
import { inClaudeEnvelope } from './claude-envelope.ts';
import { vertexEnvelope } from './vertex.ts';

/** A request in the form of the cloud that it goes to, before it is signed. */
export function inPlatformForm(
  request: UpstreamRequest,
  { route, wire }: Candidate,
  { door }: ModelRequest,
): UpstreamRequest {
  const { platform } = route.provider;
  if (wire !== 'anthropic' || platform === undefined || platform === 'azure') return request;
  return inClaudeEnvelope(request, platform === 'vertex' ? vertexEnvelope(door) : bedrockEnvelope());
}
