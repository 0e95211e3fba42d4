import type { IncomingHttpHeaders } from 'node:http';
import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamFlight } from '#foundation/http/upstream-flight';
import type { UpstreamReceiver, UpstreamRequest } from '#foundation/http/upstream-request';
import type { Clock } from '#foundation/time';
import { AnswerReader } from './answer-reader.ts';
import { streamErrorTail } from './broken-stream.ts';
import { responseHeaders } from './forward-headers.ts';
import { type TappedMessage, UNREAD_MESSAGE } from './message-tap.ts';
import { createPayloadCapture, type PayloadCapture } from './payload-capture.ts';

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
  /** `message` when the answer is to be read as one; `status` when its status says all. */
  readonly reads: 'message' | 'status';
  readonly keepContent: boolean;
  /** Never rejects; the client waits for it. */
  readonly onEnding: (ending: RelayEnding) => Promise<void>;
};

/**
 * Sends and relays the answer byte for byte: streams unbuffered, everything else one piece behind, so that the end of
 * an answer is never seen before its outcome is recorded. Resolves when the client has it all or is gone; rejects when
 * the upstream failed before the client got anything.
 */
export function relay(options: RelayOptions): Promise<void> {
  return new Relay(options).run();
}

class Relay implements UpstreamReceiver {
  readonly #options: RelayOptions;
  readonly #done = Promise.withResolvers<void>();
  readonly #startedMs: number;
  #flight: UpstreamFlight | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #reader: AnswerReader | undefined;
  #isStreaming = false;
  #ttftMs: number | null = null;
  /** The pieces of a stream that have come in this turn of the event loop; one write takes them all. */
  #gathered: Buffer[] = [];
  #sendsThisTurn = false;
  /** The last piece of an answer that is no stream, until the next one or the end comes. */
  #held: Buffer | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  run(): Promise<void> {
    const { client, exchange, request } = this.#options;
    const abort = () => this.#flight?.abort();
    const resume = () => this.#flight?.resume();
    exchange.response.on('drain', resume);
    exchange.aborted.addEventListener('abort', abort, { once: true });
    this.#flight = client.open(request, this);
    return this.#done.promise.finally(() => {
      exchange.response.off('drain', resume);
      exchange.aborted.removeEventListener('abort', abort);
    });
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    this.#isStreaming = /^text\/event-stream\b/i.test(headers['content-type'] ?? '');
    this.#reader = new AnswerReader({
      isStreaming: this.#isStreaming,
      encoding: headers['content-encoding'],
      keepContent: this.#options.keepContent,
    });
    if (!this.#isStreaming || isRedirect(status)) return;
    this.#writeHead();
    this.#sendAfterThisTurn();
  }

  onData(chunk: Buffer): boolean {
    const { response } = this.#options.exchange;
    if (this.#isStreaming && !isRedirect(this.#status)) {
      this.#ttftMs ??= this.#elapsedMs();
      this.#gathered.push(chunk);
      this.#sendAfterThisTurn();
      return !response.writableNeedDrain;
    }
    this.#reader?.push(chunk);
    if (isRedirect(this.#status)) return true;
    const previous = this.#held;
    this.#held = chunk;
    if (previous === undefined) return true;
    if (!response.headersSent) this.#writeHead();
    return response.write(previous);
  }

  onEnd(): void {
    this.#conclude().catch(this.#done.reject);
  }

  onError(error: OperatingError): void {
    this.#conclude(error).catch(this.#done.reject);
  }

  /** An upstream's packet holds many small pieces, which are one piece to the client, and none of them later. */
  #sendAfterThisTurn(): void {
    if (this.#sendsThisTurn) return;
    this.#sendsThisTurn = true;
    process.nextTick(() => {
      this.#sendsThisTurn = false;
      if (this.#gathered.length === 0) this.#options.exchange.response.flushHeaders();
      else this.#sendGathered();
    });
  }

  #sendGathered(): void {
    const [first] = this.#gathered;
    if (first === undefined) return;
    const piece = this.#gathered.length === 1 ? first : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#reader?.push(piece);
    this.#options.exchange.response.write(piece);
  }

  async #conclude(thrown?: OperatingError): Promise<void> {
    this.#sendGathered();
    const message = (await this.#reader?.finish()) ?? UNREAD_MESSAGE;
    const failure =
      isRedirect(this.#status) && thrown === undefined ? redirected(this.#options.request.origin) : thrown;
    const error = failure?.message ?? this.#problemOf(message);
    const isCancelled = failure?.kind === 'cancelled';
    const { response } = this.#options.exchange;
    await this.#options.onEnding({
      status: isCancelled ? 'cancelled' : error === null ? 'completed' : 'failed',
      error,
      httpStatus: this.#clientStatus(failure),
      isStreaming: this.#isStreaming,
      ttftMs: this.#ttftMs,
      upstreamRequestId: textHeader(this.#headers['request-id']),
      message,
      responsePayload: this.#reader?.payload ?? createPayloadCapture({ isCompressed: false }),
    });
    if (failure !== undefined && !response.headersSent && !isCancelled) throw failure;
    this.#endResponse(failure, message);
    this.#done.resolve();
  }

  /** Gives the client the end of what it has begun to get. */
  #endResponse(failure: OperatingError | undefined, message: TappedMessage): void {
    const { response } = this.#options.exchange;
    if (response.destroyed) return;
    if (this.#isStreaming) {
      const tail = this.#tail(failure, message);
      if (tail === undefined) response.destroy();
      else response.end(tail);
      return;
    }
    if (failure !== undefined) {
      // The announced length cannot be kept any more; a cut connection is the only honest end.
      response.destroy();
      return;
    }
    if (!response.headersSent) this.#writeHead();
    response.end(this.#held);
  }

  /** Empty for a stream that ended as it should, or had its own error; undefined when the cut cannot be mended. */
  #tail(failure: OperatingError | undefined, message: TappedMessage): string | undefined {
    const isWhole = this.#options.reads === 'status' || message.isComplete || message.error !== null;
    if (failure === undefined && (isWhole || this.#status >= 400)) return '';
    if (this.#reader?.isPlain !== true) return undefined;
    const type = failure?.kind === 'timeout' ? 'timeout_error' : 'api_error';
    const sentence =
      failure?.message ?? `${this.#options.request.origin} ended its stream before the message was complete`;
    return streamErrorTail(this.#reader.position(), type, sentence);
  }

  #problemOf(message: TappedMessage): string | null {
    const type = textHeader(this.#headers['content-type']) ?? 'no content type';
    if (this.#status >= 400) return message.error ?? `the upstream answered ${this.#status} with ${type}`;
    if (this.#options.reads === 'status') return null;
    if (message.error !== null) return message.error;
    if (message.isComplete) return null;
    if (this.#reader?.isUnderstood === false) return null;
    return this.#isStreaming
      ? 'the stream ended before the message was complete'
      : `the upstream answered ${this.#status} with ${type} that is not a message`;
  }

  #clientStatus(failure: OperatingError | undefined): number {
    if (this.#options.exchange.response.headersSent || failure === undefined) return this.#status;
    if (failure.kind === 'cancelled') return 499;
    return failure.kind === 'timeout' ? 504 : 502;
  }

  #writeHead(): void {
    this.#options.exchange.response.writeHead(this.#status, responseHeaders(this.#headers, !this.#isStreaming));
  }

  #elapsedMs(): number {
    return Math.round(this.#options.clock.monotonicMs() - this.#startedMs);
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function redirected(origin: string): OperatingError {
  return new OperatingError(
    'upstream',
    'upstream_redirect',
    `${origin} answered with a redirect, which is not followed`,
    {
      remedy: 'the operator names the final endpoint in the route',
    },
  );
}

function textHeader(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value.slice(0, 200) : null;
}
