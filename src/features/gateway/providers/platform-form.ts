import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { ModelRequest } from '../model-request.ts';
import type { Candidate } from '../route-plan.ts';
import { inClaudeEnvelope } from './claude-envelope.ts';
import { vertexEnvelope } from './vertex.ts';

/** A request in the form of the cloud that it goes to, before it is signed. */
export function inPlatformForm(
  request: UpstreamRequest,
  { route, wire }: Candidate,
  { door }: ModelRequest,
): UpstreamRequest {
  if (wire !== 'anthropic' || route.provider.platform !== 'vertex') return request;
  return inClaudeEnvelope(request, vertexEnvelope(door));
}
