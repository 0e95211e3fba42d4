import type { IncomingHttpHeaders } from 'node:http';
import { OperatingError } from '../errors.ts';
import type { UpstreamClient } from './upstream-client.ts';
import type { UpstreamFlight } from './upstream-flight.ts';
import type { UpstreamRequest } from './upstream-request.ts';

export type WholeResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** Sends and waits for the whole answer, at most `bodyBytesMax`; rejects as `UpstreamReceiver.onError` has it. */
export function collectResponse(
  client: UpstreamClient,
  request: UpstreamRequest,
  options: { readonly bodyBytesMax: number; readonly signal?: AbortSignal },
): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    let flight: UpstreamFlight | undefined;
    const abort = () => flight?.abort();
    const settle = (action: () => void) => {
      options.signal?.removeEventListener('abort', abort);
      action();
    };
    flight = client.open(request, {
      onHead(headStatus, headHeaders) {
        status = headStatus;
        headers = headHeaders;
      },
      onData(chunk) {
        bytes += chunk.length;
        if (bytes > options.bodyBytesMax) {
          const text = `${request.origin} answered with more than ${options.bodyBytesMax} bytes`;
          settle(() => reject(new OperatingError('upstream', 'upstream_too_large', text)));
          abort();
          return true;
        }
        chunks.push(chunk);
        return true;
      },
      onEnd: () => settle(() => resolve({ status, headers, body: Buffer.concat(chunks) })),
      onError: (error) => settle(() => reject(error)),
    });
    if (options.signal?.aborted === true) abort();
    else options.signal?.addEventListener('abort', abort, { once: true });
  });
}
