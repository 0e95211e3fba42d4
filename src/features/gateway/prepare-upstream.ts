import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import type { UpstreamRequest, UpstreamTimeouts } from '#foundation/http/upstream-request';
import { isJsonObject, type JsonValue, valueAtPath } from '#foundation/json';
import type { Clock } from '#foundation/time';
import type { SecretSource } from '#governance/secrets/secret-value';
import { createArrayFramingFilter } from './array-framing-filter.ts';
import { carriedEdits } from './carried-edits.ts';
import { type Conversion, convertRequest } from './convert-request.ts';
import { requestHeaders } from './forward-headers.ts';
import { injectCredential } from './inject-credential.ts';
import { applyEdits, type ByteEdit, findValueSpan } from './json-edit.ts';
import type { ModelRequest } from './model-request.ts';
import { candidateAddress } from './providers/platform-address.ts';
import { inPlatformForm } from './providers/platform-form.ts';
import type { CallerProofs } from './recalled-proofs.ts';
import type { StreamFilter } from './relay-contract.ts';
import { type Candidate, endpointOf } from './route-plan.ts';
import { createUsageChunkFilter } from './usage-chunk-filter.ts';

export type PrepareDeps = {
  readonly secrets: Pick<SecretSource, 'find'>;
  readonly mockEndpoint: () => string | undefined;
  readonly clock: Clock;
  readonly proofs: CallerProofs;
  readonly timeouts: UpstreamTimeouts;
};

/** A request as one upstream gets it. */
export type PreparedRequest = {
  readonly upstream: UpstreamRequest;
  /** Null where client and upstream speak the same. */
  readonly conversion: Conversion | null;
  readonly filter: StreamFilter | null;
};

/** Throws `invalid_input` for what cannot be converted, `unavailable` for a credential that is not there. */
export function prepareUpstream(
  candidate: Candidate,
  request: ModelRequest,
  exchange: Exchange,
  deps: PrepareDeps,
): PreparedRequest {
  const { route, wire } = candidate;
  const endpoint = endpointOf(route, deps.mockEndpoint);
  const address = candidateAddress(candidate, request, endpoint);
  if (address === undefined) throw notOffered(request, candidate);
  const isNative = wire === request.door.dialect.wire;
  const { body, conversion, filter } = isNative
    ? { ...nativeBody(candidate, request), conversion: null }
    : { ...convertRequest(request, candidate, exchange.requestId, deps), filter: null };
  const upstream: UpstreamRequest = {
    method: 'POST',
    origin: address.origin,
    path: isNative && route.provider.platform === undefined ? withQuery(address.path, exchange) : address.path,
    headers: injectCredential(requestHeaders(isNative ? exchange.headers : {}, wire), route, deps.secrets),
    body,
    timeouts: deps.timeouts,
  };
  return { upstream: inPlatformForm(upstream, candidate, request), conversion, filter };
}

function notOffered(request: ModelRequest, { route, wire }: Candidate): OperatingError {
  return new OperatingError(
    'invalid_input',
    'operation_not_offered',
    `model: ${JSON.stringify(request.outline.model)} is served by ${route.provider.name}, which speaks ${wire} and has no ${WORDS[request.door.operation]}`,
    { remedy: 'choose a model of another provider' },
  );
}

const WORDS = { generate: 'answers', count_tokens: 'counting of tokens', embed: 'embeddings' } as const;

/** The bytes as received, but for what the route must change in them. */
function nativeBody(
  candidate: Candidate,
  request: ModelRequest,
): { readonly body: Buffer; readonly filter: StreamFilter | null } {
  const { bytes, outline } = request;
  const edits = [...modelEdit(candidate, request), ...limitEdit(candidate, request), ...carriedEdits(request)];
  const edited = edits.length === 0 ? bytes : applyEdits(bytes, edits);
  if (candidate.wire === 'gemini' && outline.isStreaming && request.streamForm === 'array') {
    return { body: edited, filter: createArrayFramingFilter() };
  }
  if (candidate.wire !== 'openai-chat' || request.door.operation !== 'generate' || !outline.isStreaming) {
    return { body: edited, filter: null };
  }
  const body = withUsageAsked(edited, request.body.stream_options);
  return { body, filter: body === edited ? null : createUsageChunkFilter() };
}

function modelEdit({ upstreamModel, wire }: Candidate, request: ModelRequest): readonly ByteEdit[] {
  if (wire === 'gemini' || upstreamModel === request.outline.model) return [];
  const span = findValueSpan(request.bytes, ['model']);
  return span === undefined ? [] : [{ span, replacement: Buffer.from(JSON.stringify(upstreamModel)) }];
}

/** A request for more than the model may put out gets what it may. */
function limitEdit({ limits }: Candidate, { bytes, body, outline }: ModelRequest): readonly ByteEdit[] {
  const path = outline.maxOutputTokensPath;
  if (limits.maxOutputTokens === null || path === null) return [];
  const asked = valueAtPath(body, path);
  if (typeof asked !== 'number' || asked <= limits.maxOutputTokens) return [];
  const span = findValueSpan(bytes, path);
  return span === undefined ? [] : [{ span, replacement: Buffer.from(String(limits.maxOutputTokens)) }];
}

/** The same body where its client asked already. */
function withUsageAsked(bytes: Buffer, options: JsonValue | undefined): Buffer {
  if (isJsonObject(options) && options.include_usage === true) return bytes;
  const asked = JSON.stringify({ ...(isJsonObject(options) ? options : {}), include_usage: true });
  const span = findValueSpan(bytes, ['stream_options']);
  if (span !== undefined) return applyEdits(bytes, [{ span, replacement: Buffer.from(asked) }]);
  const brace = bytes.indexOf('{') + 1;
  return Buffer.concat([bytes.subarray(0, brace), Buffer.from(`"stream_options":${asked},`), bytes.subarray(brace)]);
}

/** `?beta=true` and the like go on; a key in the query does not. */
function withQuery(path: string, exchange: Exchange): string {
  const beta = exchange.query.get('beta');
  if (beta === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}beta=${encodeURIComponent(beta)}`;
}
