import type { IncomingHttpHeaders } from 'node:http';
import { OperatingError } from '#foundation/errors';
import type { UpstreamReceiver } from '#foundation/http/upstream-request';
import { AnswerReader } from './answer-reader.ts';
import { streamErrorTail } from './broken-stream.ts';
import { createExchangeFlight } from './exchange-flight.ts';
import { responseHeaders } from './forward-headers.ts';
import { type TappedMessage, UNREAD_MESSAGE } from './message-tap.ts';
import { guardWhole } from './output-guard/guard-whole.ts';
import { NativeStreamGuard } from './output-guard/native-stream-guard.ts';
import { createPayloadCapture } from './payload-capture.ts';
import { type Refusal, type RelayOptions, retryAfterMsOf } from './relay-contract.ts';

/**
 * Sends and relays the answer byte for byte: streams unbuffered, everything else one piece behind, so that the end of
 * an answer is never seen before its outcome is recorded. Resolves when the client has it all or is gone, or with a
 * refusal; rejects when the upstream failed before the client got anything.
 */
export function relay(options: RelayOptions): Promise<Refusal | undefined> {
  return new Relay(options).run();
}

/** Longer answers are not held to be looked through. */
const GUARDED_BYTES_MAX = 33_554_432;

class Relay implements UpstreamReceiver {
  readonly #options: RelayOptions;
  readonly #done = Promise.withResolvers<Refusal | undefined>();
  readonly #startedMs: number;
  /** Another attempt takes the place of this one, whatever else comes. */
  #isRefused = false;
  #abort = () => {};
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #reader: AnswerReader | undefined;
  #isStreaming = false;
  #ttftMs: number | null = null;
  /** The pieces of a stream that have come in this turn of the event loop; one write takes them all. */
  #gathered: Buffer[] = [];
  #sendsThisTurn = false;
  /** Set when the answer is guarded and may be changed. */
  #guard: NativeStreamGuard | undefined;
  #whole: Buffer[] | undefined;
  #wholeBytes = 0;
  #isConcluded = false;
  /** The last piece of an answer that is no stream, until the next one or the end comes. */
  #held: Buffer | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  run(): Promise<Refusal | undefined> {
    const flight = createExchangeFlight(this.#options, this);
    this.#abort = flight.abort;
    if (this.#isRefused) flight.abort();
    return this.#done.promise.finally(flight.land);
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (this.#isWorthAnother(status, null)) {
      this.#refuse({ status, error: null });
      return;
    }
    this.#isStreaming = /^text\/event-stream\b/i.test(headers['content-type'] ?? '');
    this.#reader = new AnswerReader({
      isStreaming: this.#isStreaming,
      dialect: this.#options.dialect,
      readsUsageOnly: this.#options.reads === 'usage',
      encoding: headers['content-encoding'],
      keepContent: this.#options.keepContent,
    });
    if (!this.#startGuard(status)) return;
    // While another attempt could still be made, the head waits for the first event.
    if (!this.#isStreaming || isRedirect(status) || this.#options.isWorthAnother !== null) return;
    this.#writeHead();
    this.#sendAfterThisTurn();
  }

  onData(chunk: Buffer): boolean {
    if (this.#isRefused || this.#isConcluded) return true;
    const { response } = this.#options.exchange;
    if (this.#isStreaming && !isRedirect(this.#status)) {
      if (!response.headersSent) {
        if (beginsWithError(chunk) && this.#isWorthAnother(500, null)) {
          this.#refuse({ status: 500, error: null });
          return true;
        }
        this.#writeHead();
      }
      this.#ttftMs ??= this.#elapsedMs();
      this.#gathered.push(chunk);
      this.#sendAfterThisTurn();
      return !response.writableNeedDrain;
    }
    if (this.#whole !== undefined) return this.#gatherWhole(chunk);
    this.#reader?.push(chunk);
    if (isRedirect(this.#status)) return true;
    const previous = this.#held;
    this.#held = chunk;
    if (previous === undefined) return true;
    if (!response.headersSent) this.#writeHead();
    return response.write(previous);
  }

  onEnd(): void {
    if (!this.#isRefused && !this.#isConcluded) this.#conclude().catch(this.#done.reject);
  }

  onError(error: OperatingError): void {
    if (this.#isRefused || this.#isConcluded) return;
    const { response } = this.#options.exchange;
    if (!response.headersSent && error.kind !== 'cancelled' && this.#isWorthAnother(null, error)) {
      this.#refuse({ status: null, error });
      return;
    }
    this.#conclude(error).catch(this.#done.reject);
  }

  #isWorthAnother(status: number | null, error: OperatingError | null): boolean {
    return this.#options.isWorthAnother?.(status, error) === true;
  }

  #refuse(refusal: Omit<Refusal, 'retryAfterMs'>): void {
    this.#isRefused = true;
    this.#done.resolve({ ...refusal, retryAfterMs: retryAfterMsOf(this.#headers, this.#options.clock.nowMs()) });
    this.#abort();
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
    this.#sendOn(this.#guard === undefined ? piece : this.#guard.pass(piece));
    const blocked = this.#options.output?.blockedError;
    if (blocked === undefined || this.#isConcluded) return;
    this.#conclude(blocked).catch(this.#done.reject);
    this.#abort();
  }

  #sendOn(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#reader?.push(piece);
    const { exchange, filter } = this.#options;
    const passed = filter === null ? piece : filter.pass(piece);
    if (passed.length > 0) exchange.response.write(passed);
  }

  /** False when the answer must be guarded and cannot be read: then it ends here. */
  #startGuard(status: number): boolean {
    const { output, dialect, request } = this.#options;
    if (output === null || output.acting.size === 0 || status < 200 || status >= 300) return true;
    if (this.#reader?.isPlain !== true) {
      const sentence = `${request.origin} answered in a compressed form, which output_guard cannot read`;
      this.#conclude(new OperatingError('upstream', 'answer_unreadable', sentence)).catch(this.#done.reject);
      this.#abort();
      return false;
    }
    if (this.#isStreaming) this.#guard = new NativeStreamGuard(dialect.wire, output);
    else this.#whole = [];
    return true;
  }

  /** An answer that may be changed is sent when it is whole. */
  #gatherWhole(chunk: Buffer): boolean {
    this.#wholeBytes += chunk.length;
    if (this.#wholeBytes <= GUARDED_BYTES_MAX) {
      this.#whole?.push(chunk);
      return true;
    }
    const sentence = `${this.#options.request.origin} answered with more than ${GUARDED_BYTES_MAX} bytes, which output_guard does not hold`;
    this.#conclude(new OperatingError('upstream', 'answer_too_long', sentence)).catch(this.#done.reject);
    this.#abort();
    return true;
  }

  /** What is left of the answer once it is over; the error when that must not go out. */
  #guardedRest(thrown: OperatingError | undefined): OperatingError | undefined {
    const { output } = this.#options;
    if (this.#guard !== undefined && thrown?.kind !== 'cancelled') this.#sendOn(this.#guard.rest());
    if (this.#whole !== undefined && output !== null && thrown === undefined) {
      const guarded = guardWhole(Buffer.concat(this.#whole), output);
      if (guarded !== undefined) {
        this.#held = guarded;
        this.#reader?.push(guarded);
      }
    }
    return thrown ?? output?.blockedError;
  }

  async #conclude(cause?: OperatingError): Promise<void> {
    if (this.#isConcluded) return;
    this.#isConcluded = true;
    this.#sendGathered();
    const thrown = this.#guardedRest(cause);
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
    this.#done.resolve(undefined);
  }

  /** Gives the client the end of what it has begun to get. */
  #endResponse(failure: OperatingError | undefined, message: TappedMessage): void {
    const { response } = this.#options.exchange;
    if (response.destroyed) return;
    if (this.#isStreaming) {
      const tail = this.#tail(failure, message);
      if (tail === undefined) response.destroy();
      else response.end(this.#filteredEnd(tail));
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

  #filteredEnd(tail: string): string | Buffer {
    const { filter } = this.#options;
    return filter === null ? tail : Buffer.concat([filter.pass(Buffer.from(tail)), filter.rest()]);
  }

  /** Empty for a stream that ended as it should, or had its own error; undefined when the cut cannot be mended. */
  #tail(failure: OperatingError | undefined, message: TappedMessage): string | undefined {
    const isWhole = this.#options.reads !== 'message' || message.isComplete || message.error !== null;
    if (failure === undefined && (isWhole || this.#status >= 400)) return '';
    if (this.#reader?.isPlain !== true) return undefined;
    const kind = failure?.kind === 'timeout' ? 'timeout' : 'server';
    const sentence =
      failure?.message ?? `${this.#options.request.origin} ended its stream before the message was complete`;
    return streamErrorTail(this.#options.dialect.wire, this.#reader.position(), kind, sentence);
  }

  #problemOf(message: TappedMessage): string | null {
    const type = textHeader(this.#headers['content-type']) ?? 'no content type';
    if (this.#status >= 400) return message.error ?? `the upstream answered ${this.#status} with ${type}`;
    if (this.#options.reads !== 'message') return null;
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
    if (failure.kind === 'denied') return 400;
    return failure.kind === 'timeout' ? 504 : 502;
  }

  #writeHead(): void {
    const { exchange, filter } = this.#options;
    const headers = responseHeaders(this.#headers, !this.#isStreaming && this.#whole === undefined);
    if (this.#whole !== undefined) headers['content-length'] = String(this.#held?.length ?? 0);
    if (this.#isStreaming && filter?.contentType !== undefined) headers['content-type'] = filter.contentType;
    exchange.response.writeHead(this.#status, headers);
  }

  #elapsedMs(): number {
    return Math.round(this.#options.clock.monotonicMs() - this.#startedMs);
  }
}

/** A stream whose first word is an error: nothing of an answer has come yet. */
function beginsWithError(chunk: Buffer): boolean {
  return /^\s*(event: ?error\b|data: ?\{"(error|type":\s*"error)")/.test(chunk.toString('latin1', 0, 200));
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
