import type { IncomingHttpHeaders } from 'node:http';
import type { OperatingError } from '#foundation/errors';
import type { UpstreamReceiver } from '#foundation/http/upstream-request';
import { parseJsonPrecisely } from '#foundation/json';
import { type ContentDecoder, createContentDecoder } from './content-decoder.ts';
import { eventsOf } from './conversation/answer-events.ts';
import type { Conversion } from './convert-request.ts';
import { ConvertedAnswer } from './converted-answer.ts';
import { tappedMessage } from './dialect-tap.ts';
import type { AnswerStreamReader } from './dialects/dialect.ts';
import { createEventStreamReader, type EventStreamReader } from './event-stream-reader.ts';
import { createExchangeFlight } from './exchange-flight.ts';
import { modelErrorOf } from './model-error-of.ts';
import { createPayloadCapture, type PayloadCapture } from './payload-capture.ts';
import { type Refusal, type RelayEnding, type RelayOptions, retryAfterMsOf } from './relay-contract.ts';

const WHOLE_BYTES_MAX = 33_554_432;
const ERROR_BYTES_MAX = 1_048_576;
const EVENT_CHARACTERS_MAX = 16_777_216;

/**
 * Sends, and gives the client the answer in its own dialect. The head of a stream is held until the first thing that
 * the model says, so that an upstream that fails before it can still be replaced.
 */
export function relayConverted(options: RelayOptions, conversion: Conversion): Promise<Refusal | undefined> {
  return new ConvertedRelay(options, conversion).run();
}

class ConvertedRelay implements UpstreamReceiver {
  readonly #options: RelayOptions;
  readonly #conversion: Conversion;
  readonly #answer: ConvertedAnswer;
  readonly #done = Promise.withResolvers<Refusal | undefined>();
  readonly #startedMs: number;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #payload: PayloadCapture = createPayloadCapture({ isCompressed: false });
  #decoder: ContentDecoder | undefined;
  #stream: { readonly events: EventStreamReader; readonly reader: AnswerStreamReader } | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ttftMs: number | null = null;
  #isConcluded = false;
  #abort = () => {};

  constructor(options: RelayOptions, conversion: Conversion) {
    this.#options = options;
    this.#conversion = conversion;
    this.#startedMs = options.clock.monotonicMs();
    this.#answer = new ConvertedAnswer({
      ...options,
      conversion,
      upstreamRequestId: () => this.#upstreamRequestId(),
    });
  }

  run(): Promise<Refusal | undefined> {
    const flight = createExchangeFlight(this.#options, this);
    this.#abort = flight.abort;
    return this.#done.promise.finally(() => {
      flight.land();
      this.#answer.land();
    });
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const encoding = headers['content-encoding'];
    const isCompressed = encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity';
    this.#payload = createPayloadCapture({ isCompressed });
    if (isCompressed) {
      this.#decoder = createContentDecoder(encoding, (chunk) => {
        this.#payload.pushReadable(chunk);
        this.#read(chunk);
      });
    }
    if (status >= 300 || !/^text\/event-stream\b/i.test(headers['content-type'] ?? '')) return;
    const reader = this.#conversion.upstream.createStreamReader(
      (event) => this.#answer.event(event),
      this.#conversion.target,
    );
    const events = createEventStreamReader((name, data) => reader.event(name, data), EVENT_CHARACTERS_MAX);
    this.#stream = { events, reader };
  }

  onData(chunk: Buffer): boolean {
    this.#payload.push(chunk);
    if (this.#decoder === undefined) this.#read(chunk);
    else this.#decoder.push(chunk);
    return !this.#options.exchange.response.writableNeedDrain;
  }

  #read(chunk: Buffer): void {
    if (this.#stream !== undefined) {
      this.#stream.events.push(chunk);
      if (this.#answer.send()) this.#ttftMs ??= this.#elapsedMs();
      this.#endIfBlocked();
      return;
    }
    this.#bytes += chunk.length;
    if (this.#bytes <= (this.#status < 300 ? WHOLE_BYTES_MAX : ERROR_BYTES_MAX)) this.#chunks.push(chunk);
  }

  /** Nothing of a blocked answer is waited for. */
  #endIfBlocked(): void {
    if (this.#isConcluded || this.#options.output?.blockedBy === undefined) return;
    this.#conclude(null).catch(this.#done.reject);
    this.#abort();
  }

  onEnd(): void {
    this.#conclude(null).catch(this.#done.reject);
  }

  onError(error: OperatingError): void {
    this.#conclude(error).catch(this.#done.reject);
  }

  async #conclude(thrown: OperatingError | null): Promise<void> {
    if (this.#isConcluded) return;
    this.#isConcluded = true;
    await this.#decoder?.end();
    const isCancelled = thrown?.kind === 'cancelled';
    if (thrown === null) this.#readRest();
    else if (!isCancelled) this.#answer.fail(modelErrorOf(thrown));
    const refusal = isCancelled ? undefined : this.#refusal(thrown);
    if (refusal !== undefined) {
      this.#done.resolve(refusal);
      return;
    }
    await this.#options.onEnding(this.#ending(thrown));
    if (thrown !== null && !isCancelled && !this.#options.exchange.response.headersSent) throw thrown;
    if (!isCancelled) this.#answer.finish();
    this.#done.resolve(undefined);
  }

  /** Takes the end of a stream, or the whole of an answer that is none. */
  #readRest(): void {
    if (this.#stream !== undefined) {
      this.#stream.reader.end();
      return;
    }
    const { upstream, target } = this.#conversion;
    const text = Buffer.concat(this.#chunks).toString('utf8');
    if (this.#status < 200 || this.#status >= 300) {
      this.#answer.fail(upstream.readError(this.#status, this.#headers, text));
      return;
    }
    try {
      const answer = upstream.readAnswer(parseJsonPrecisely(text), target);
      for (const event of eventsOf(answer)) this.#answer.event(event);
    } catch (error) {
      this.#answer.fail({ ...modelErrorOf(error), kind: 'server', status: 502 });
    }
  }

  #refusal(thrown: OperatingError | null): Refusal | undefined {
    const { error } = this.#answer;
    if (this.#options.output?.blockedBy !== undefined) return undefined;
    if (error === null || this.#options.exchange.response.headersSent) return undefined;
    const status = thrown === null ? error.status : null;
    if (this.#options.isWorthAnother?.(status, thrown) !== true) return undefined;
    const retryAfterMs = error.retryAfterMs ?? retryAfterMsOf(this.#headers, this.#options.clock.nowMs());
    return { status, error: thrown, retryAfterMs };
  }

  #ending(thrown: OperatingError | null): RelayEnding {
    const isCancelled = thrown?.kind === 'cancelled';
    const error = thrown?.message ?? this.#answer.error?.message ?? null;
    return {
      status: isCancelled ? 'cancelled' : error === null ? 'completed' : 'failed',
      error,
      httpStatus: this.#httpStatus(thrown),
      isStreaming: this.#conversion.frame.conversation.isStreaming,
      ttftMs: this.#ttftMs,
      upstreamRequestId: this.#upstreamRequestId(),
      message: tappedMessage(this.#answer.collected()),
      // What the upstream sent is not what the client got, and holds what had to go.
      responsePayload:
        this.#options.output?.hasChanged === true ? createPayloadCapture({ isCompressed: false }) : this.#payload,
    };
  }

  #httpStatus(thrown: OperatingError | null): number {
    if (this.#options.exchange.response.headersSent) return 200;
    if (thrown?.kind === 'cancelled') return 499;
    if (thrown !== null) return thrown.kind === 'timeout' ? 504 : 502;
    return this.#answer.status();
  }

  #upstreamRequestId(): string | null {
    const value = this.#headers['request-id'] ?? this.#headers['x-request-id'];
    return typeof value === 'string' ? value.slice(0, 200) : null;
  }

  #elapsedMs(): number {
    return Math.round(this.#options.clock.monotonicMs() - this.#startedMs);
  }
}
