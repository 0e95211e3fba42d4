import type { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { Clock } from '#foundation/time';
import type { Dialect } from './dialects/dialect.ts';
import type { TappedMessage } from './message-tap.ts';
import type { OutputActions } from './output-guard/output-action.ts';
import type { PayloadCapture } from './payload-capture.ts';

/** How a relayed request ended, told once and before the client sees the end of its answer. */
export type RelayEnding = {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly error: string | null;
  /** What the client got; 499 when it left before there was anything. */
  readonly httpStatus: number;
  readonly isStreaming: boolean;
  /** From sending to the first byte of a streamed answer. */
  readonly ttftMs: number | null;
  readonly upstreamRequestId: string | null;
  readonly message: TappedMessage;
  readonly responsePayload: PayloadCapture;
};

export type RelayOptions = {
  readonly client: UpstreamClient;
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly request: UpstreamRequest;
  /** The upstream's. */
  readonly dialect: Dialect;
  /** `message` when the answer is to be read as one, `usage` when only that of it is; `status` when its status says all. */
  readonly reads: 'message' | 'usage' | 'status';
  readonly keepContent: boolean;
  /**
   * Whether what came, a status or the failure to get one, is better asked for again elsewhere; asked while nothing has
   * reached the client. Null for the last attempt: then whatever comes is delivered as it is.
   */
  readonly isWorthAnother: ((status: number | null, error: OperatingError | null) => boolean) | null;
  /** What the model's answer is guarded by; null for an answer that no model gave. */
  readonly output: OutputActions | null;
  /** Takes out of a stream what the client did not ask for; null to relay it byte for byte. */
  readonly filter: StreamFilter | null;
  /** Never rejects; the client waits for it. Not called for a refusal. */
  readonly onEnding: (ending: RelayEnding) => Promise<void>;
};

/** Given each piece of a stream in turn; answers what of it goes on. `rest` is what it still holds at the end. */
export type StreamFilter = {
  /** What the client gets instead of an event stream, where that is something else. */
  readonly contentType?: string;
  pass(chunk: Buffer): Buffer;
  rest(): Buffer;
};

/** An attempt of which nothing has reached the client, so that another one can take its place. */
export type Refusal = {
  /** Null when no answer came at all. */
  readonly status: number | null;
  readonly error: OperatingError | null;
  readonly retryAfterMs: number | null;
};

/** `retry-after` as seconds or a date (RFC 9110 section 10.2.3), and the millisecond form that some providers add. */
export function retryAfterMsOf(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  nowMs: number,
): number | null {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return Math.ceil(milliseconds);
  const text = headers['retry-after'];
  if (typeof text !== 'string' || text.trim() === '') return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1_000) : null;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}
