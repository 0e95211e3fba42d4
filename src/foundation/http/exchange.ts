import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** One HTTP request whose body has been read within its bound, and the way to answer it. Knows nothing of identity. */
export type Exchange = {
  /** Sent back as `x-systemprompt-request-id` on every response. */
  readonly requestId: string;
  readonly method: string;
  /** Decoded and normalised, without the query. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** For handlers that stream; a handler that returns a `Reply` leaves it alone. */
  readonly response: ServerResponse;
  /**
   * Aborts when the client goes away before the answer is complete, and when the server cuts it off at a stop; then its
   * reason is the operating error that the client is told.
   */
  readonly aborted: AbortSignal;
  readonly remoteAddress: string;
};

/** A whole answer. `json` is serialised with its content type; `body` is sent as it is. */
export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
} & ({ readonly json: unknown } | { readonly body: string | Buffer; readonly contentType?: string });
