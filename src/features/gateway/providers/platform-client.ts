import type { UpstreamClient } from '#foundation/http/upstream-client';
import { dialectOf } from '../dialects/dialects.ts';
import type { Candidate } from '../route-plan.ts';
import { foreignError } from './foreign-error.ts';
import { TranslatedErrors } from './translated-errors.ts';

/** The client for one upstream, whose receivers hear its wire alone, whatever the cloud around it says. */
export function platformClient(client: UpstreamClient, { route, wire }: Candidate, requestId: string): UpstreamClient {
  const { platform } = route.provider;
  if (platform === undefined || platform === 'azure') return client;
  const translate: ConstructorParameters<typeof TranslatedErrors>[1] = (status, headers, text) => {
    const error = foreignError(wire, status, headers, text);
    return error === undefined ? undefined : dialectOf(wire).writeError(error, requestId);
  };
  return {
    name: client.name,
    open: (request, receiver) => client.open(request, new TranslatedErrors(receiver, translate)),
  };
}
