import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Exchange } from '#foundation/http/exchange';
import type { Arrival } from './server.ts';

/** A request whose body has been read. A class, so that its signal is made only for the few handlers that ask for it. */
export class ArrivedExchange implements Exchange {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly remoteAddress: string;
  #aborted: AbortSignal | undefined;

  constructor(arrival: Arrival, body: Buffer) {
    const { request, response } = arrival;
    this.requestId = arrival.requestId;
    this.method = request.method ?? 'GET';
    this.path = arrival.path;
    this.params = arrival.params;
    this.query = arrival.query;
    this.headers = request.headers;
    this.body = body;
    this.response = response;
    this.remoteAddress = request.socket.remoteAddress ?? '';
  }

  get aborted(): AbortSignal {
    this.#aborted ??= departureOf(this.response);
    return this.#aborted;
  }
}

function departureOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const onClose = (): void => {
    if (!response.writableFinished) gone.abort();
  };
  if (response.destroyed) onClose();
  else response.once('close', onClose);
  return gone.signal;
}
