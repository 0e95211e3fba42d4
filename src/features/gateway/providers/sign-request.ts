import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { Clock } from '#foundation/time';
import type { SecretSource } from '#governance/secrets/secret-value';
import { credentialText } from '../inject-credential.ts';
import type { RouteTarget } from '../model-route.ts';
import { parseAwsCredential } from './aws-credential.ts';
import { createAwsMachineKeys } from './aws-machine-keys.ts';
import { awsSignature } from './aws-signature.ts';
import { bedrockRegion } from './bedrock.ts';
import { createGoogleTokens } from './google-tokens.ts';

export type SignDeps = {
  readonly client: UpstreamClient;
  readonly clock: Clock;
  readonly secrets: Pick<SecretSource, 'find'>;
};

/** The request with a credential that is made for it, where the route's is of that kind; else as it is. */
export type SignRequest = (request: UpstreamRequest, route: RouteTarget) => Promise<UpstreamRequest>;

export function createRequestSigner(deps: SignDeps): SignRequest {
  const google = createGoogleTokens(deps);
  const machine = createAwsMachineKeys(deps);

  async function googleHeaders(secret: string | undefined): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await google.tokenFor(secret)}` };
  }

  async function awsHeaders(request: UpstreamRequest, route: RouteTarget, secret: string | undefined) {
    const scope = { region: bedrockRegion(request.origin, route), service: 'bedrock' };
    const credential = secret === undefined ? await machine.current() : parseAwsCredential(secret, deps.clock.nowMs());
    return awsSignature(request, credential, scope, deps.clock.nowMs());
  }

  return async (request, route) => {
    const { authScheme, apiKeySecret } = route;
    if (authScheme !== 'google' && authScheme !== 'aws') return request;
    const secret = apiKeySecret === undefined ? undefined : credentialText(apiKeySecret, route, deps.secrets);
    const made = authScheme === 'google' ? await googleHeaders(secret) : await awsHeaders(request, route, secret);
    return { ...request, headers: { ...request.headers, ...made } };
  };
}
