import type { IncomingHttpHeaders } from 'node:http';
import type { OperatingError } from '../errors.ts';

export type UpstreamTimeouts = {
  /** From sending to the first byte of the answer's head, waiting for a free connection included. */
  readonly firstByteMs: number;
  /** Between two pieces of the body; time during which the receiver holds the body back does not count. */
  readonly idleMs: number;
  readonly totalMs: number;
};

export type UpstreamRequest = {
  readonly method: string;
  /** Scheme, host and port, as `URL.origin` has them. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly timeouts: UpstreamTimeouts;
};

/** Exactly one of `onEnd` and `onError` is called, once, and nothing after it. */
export type UpstreamReceiver = {
  onHead(status: number, headers: IncomingHttpHeaders): void;
  /** Answers false to hold back what follows until `flight.resume()`. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  /** `upstream`, `timeout` or `cancelled`; the message names the origin and nothing of the request. */
  onError(error: OperatingError): void;
};
