import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import type { UpstreamRequest, UpstreamTimeouts } from '#foundation/http/upstream-request';
import type { SecretSource } from '#governance/secrets/secret-value';
import { anthropicAddress } from './endpoint-base.ts';
import { requestHeaders } from './forward-headers.ts';
import { injectCredential } from './inject-credential.ts';
import { applyEdits, findValueSpan } from './json-edit.ts';
import type { MessageRequest } from './message-request.ts';
import { type ModelRoute, type RouteTable, resolveModel } from './model-route.ts';
import { MOCK_PROVIDER } from './provider.ts';

export type Operation = 'messages' | 'messages/count_tokens';

export type RoutedRequest = {
  readonly route: ModelRoute;
  /** The name that is asked for upstream. */
  readonly upstreamModel: string;
};

/** The route of a request; throws `not_found` or `invalid_input` in words for the caller. */
export function routeRequest(table: RouteTable, model: string): RoutedRequest {
  const resolution = resolveModel(table, model);
  if (!resolution.found) {
    const why = resolution.why === 'no_route' ? 'no route serves it' : 'its provider does not list it';
    throw new OperatingError(
      'not_found',
      'model_not_served',
      `model: ${JSON.stringify(model)} is not available, ${why}`,
      {
        remedy: 'choose one of GET /v1/models, or have the operator add a route',
      },
    );
  }
  const { wire, name } = resolution.route.provider;
  if (wire !== 'anthropic') {
    throw new OperatingError(
      'invalid_input',
      'conversion_not_supported',
      `model: ${JSON.stringify(model)} is served by ${name}, which speaks ${wire}; conversion from anthropic to ${wire} is not part of this version`,
      { remedy: 'choose a model of a provider that speaks anthropic' },
    );
  }
  return resolution;
}

/** The request as it goes upstream: the bytes as received, but for the model's name where the route has another. */
export function upstreamRequest(
  routed: RoutedRequest,
  request: MessageRequest,
  operation: Operation,
  exchange: Exchange,
  deps: {
    readonly secrets: Pick<SecretSource, 'find'>;
    readonly mockEndpoint: () => string | undefined;
    readonly timeouts: UpstreamTimeouts;
  },
): UpstreamRequest {
  const { route, upstreamModel } = routed;
  const endpoint = route.endpoint ?? (route.provider.name === MOCK_PROVIDER ? deps.mockEndpoint() : undefined);
  if (endpoint === undefined) {
    throw new OperatingError(
      'unavailable',
      'upstream_not_running',
      `the upstream of the route ${route.id} is not running`,
    );
  }
  const { origin, path } = anthropicAddress(endpoint, operation);
  const beta = exchange.query.get('beta');
  return {
    method: 'POST',
    origin,
    path: beta === null ? path : `${path}?beta=${encodeURIComponent(beta)}`,
    headers: injectCredential(requestHeaders(exchange.headers), route, deps.secrets),
    body: withModel(request, upstreamModel),
    timeouts: deps.timeouts,
  };
}

function withModel(request: MessageRequest, upstreamModel: string): Buffer {
  if (upstreamModel === request.model) return request.bytes;
  const span = findValueSpan(request.bytes, ['model']);
  if (span === undefined) return request.bytes;
  return applyEdits(request.bytes, [{ span, replacement: Buffer.from(JSON.stringify(upstreamModel)) }]);
}
