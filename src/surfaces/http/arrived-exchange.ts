import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { OperatingError } from '#foundation/errors';
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
  #gone: AbortController | undefined;
  #cutOffBy: OperatingError | undefined;

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
    this.#gone ??= departureOf(this.response);
    if (this.#cutOffBy !== undefined) this.#gone.abort(this.#cutOffBy);
    return this.#gone.signal;
  }

  /** Ends what is being done for a client that is still there; `reason` is what it is told. */
  cutOff(reason: OperatingError): void {
    this.#cutOffBy = reason;
    this.#gone?.abort(reason);
  }
}

function departureOf(response: ServerResponse): AbortController {
  const gone = new AbortController();
  const onClose = (): void => {
    if (!response.writableFinished) gone.abort();
  };
  if (response.destroyed) onClose();
  else response.once('close', onClose);
  return gone;
}
