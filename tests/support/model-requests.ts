import type { Wire } from '#features/gateway/config';
import { dialectOf } from '#features/gateway/dialects/dialects';
import { type ModelRequest, type Operation, parseModelRequest } from '#features/gateway/model-request';
import type { Exchange } from '#foundation/http/exchange';

/** A request as the gateway parses it; in the Anthropic dialect unless told. */
export function modelRequestOf(
  body: Buffer | string | Readonly<Record<string, unknown>>,
  options: {
    readonly wire?: Wire;
    readonly operation?: Operation;
    readonly path?: string;
    readonly model?: string;
  } = {},
): ModelRequest {
  const dialect = dialectOf(options.wire ?? 'anthropic');
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const door = { operation: options.operation ?? 'generate', dialect, outline: dialect.outline } as const;
  return parseModelRequest(door, exchangeOf(bytes, options));
}

function exchangeOf(
  body: Buffer,
  { path = '/', model }: { readonly path?: string; readonly model?: string },
): Exchange {
  return {
    requestId: 'req_test',
    method: 'POST',
    path,
    params: model === undefined ? {} : { model },
    query: new URLSearchParams(),
    headers: {},
    body,
    get response(): never {
      throw new Error('nothing is answered here');
    },
    aborted: new AbortController().signal,
    remoteAddress: '127.0.0.1',
  };
}
