import type { Platform } from '../config.ts';
import type { ModelRequest } from '../model-request.ts';
import type { Candidate } from '../route-plan.ts';
import { type UpstreamAddress, upstreamAddress } from '../upstream-address.ts';
import { azureAddress } from './azure.ts';
import { bedrockAddress } from './bedrock.ts';
import type { Asked } from './platform.ts';
import { vertexAddress } from './vertex.ts';

const ADDRESS_OF: Readonly<Record<Platform, (asked: Asked) => UpstreamAddress | undefined>> = {
  azure: azureAddress,
  vertex: vertexAddress,
  bedrock: bedrockAddress,
};

/** Where an upstream has what is asked, below the endpoint of its route; undefined for what it does not have. */
export function candidateAddress(
  { route, wire, upstreamModel }: Candidate,
  { door, outline }: ModelRequest,
  endpoint: string,
): UpstreamAddress | undefined {
  const { operation } = door;
  const { isStreaming } = outline;
  const { platform } = route.provider;
  if (platform === undefined) return upstreamAddress(endpoint, wire, operation, upstreamModel, isStreaming);
  const { apiVersion } = route;
  return ADDRESS_OF[platform]({ endpoint, wire, operation, model: upstreamModel, isStreaming, apiVersion });
}
