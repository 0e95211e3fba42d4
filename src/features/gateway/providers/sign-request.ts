import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { Clock } from '#foundation/time';
import type { SecretSource } from '#governance/secrets/secret-value';
import { credentialText } from '../inject-credential.ts';
import type { RouteTarget } from '../model-route.ts';
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
  return async (request, route) => {
    if (route.authScheme !== 'google') return request;
    const { apiKeySecret } = route;
    const keyFile = apiKeySecret === undefined ? undefined : credentialText(apiKeySecret, route, deps.secrets);
    const token = await google.tokenFor(keyFile);
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
  };
}
