import { modelSegment, operationPath, type UpstreamAddress } from '../upstream-address.ts';
import type { Asked } from './platform.ts';

/**
 * OpenAI's wires below the host of a resource. Without a version at `openai/v1`, where the body names the deployment;
 * with a dated version at the deployment itself. The model is the deployment's name.
 * https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
export function azureAddress(asked: Asked): UpstreamAddress | undefined {
  const { wire, operation, model, isStreaming, apiVersion } = asked;
  const path = operationPath(wire, operation, model, isStreaming);
  if (path === undefined) return undefined;
  const { origin, pathname } = new URL(asked.endpoint);
  // However much of an address was taken over from the portal.
  const base = pathname.replace(/\/+$/, '').replace(/\/openai(\/.*)?$/, '');
  const query = apiVersion === undefined ? '' : `?api-version=${encodeURIComponent(apiVersion)}`;
  return { origin, path: `${base}/openai/${placeOf(asked)}${path}${query}` };
}

/** `preview` and `latest` are versions of `v1`; responses stand beside the deployments. */
function placeOf({ wire, operation, model, apiVersion }: Asked): string {
  if (apiVersion === undefined || !/^\d/.test(apiVersion)) return 'v1/';
  return wire === 'openai-responses' && operation === 'generate' ? '' : `deployments/${modelSegment(model)}/`;
}
