import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamFlight } from '#foundation/http/upstream-flight';
import { statusOfKind } from '../conversation/model-error.ts';
import { errorEnvelope } from '../dialects/anthropic/errors.ts';
import { dialectOf } from '../dialects/dialects.ts';
import type { Candidate } from '../route-plan.ts';
import { BedrockAnswer } from './bedrock-answer.ts';
import { foreignError } from './foreign-error.ts';
import { TranslatedErrors, type TranslateError } from './translated-errors.ts';

/** The client for one upstream, whose receivers hear its wire alone, whatever the cloud around it says. */
export function platformClient(client: UpstreamClient, { route, wire }: Candidate, requestId: string): UpstreamClient {
  const { platform } = route.provider;
  if (platform === undefined || platform === 'azure') return client;
  const translate: TranslateError = (status, headers, text) => {
    const error = foreignError(platform, wire, status, headers, text);
    return error === undefined ? undefined : dialectOf(wire).writeError(error, requestId);
  };
  return {
    name: client.name,
    open(request, receiver) {
      const translated = new TranslatedErrors(receiver, translate);
      if (platform !== 'bedrock') return client.open(request, translated);
      const abort: UpstreamFlight['abort'] = (reason) => flight.abort(reason);
      const flight = client.open(request, new BedrockAnswer(translated, abort, errorEvent));
      return flight;
    },
  };

  function errorEvent(kind: Parameters<typeof statusOfKind>[0], message: string): string {
    const error = { kind, status: statusOfKind(kind), message, code: null, param: null, retryAfterMs: null };
    return `event: error\ndata: ${JSON.stringify(errorEnvelope(error, requestId))}\n\n`;
  }
}
