import { type ContentDecoder, createContentDecoder } from './content-decoder.ts';
import { createDialectStreamTap, createDialectWholeTap, createUsageTap } from './dialect-tap.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { StreamPosition } from './event-stream-reader.ts';
import { createStreamTap, createWholeTap, type MessageTap, type TappedMessage } from './message-tap.ts';
import { createPayloadCapture, type PayloadCapture } from './payload-capture.ts';

export type AnswerReaderOptions = {
  readonly dialect: Dialect;
  /** For answers that are no messages, such as embeddings. */
  readonly readsUsageOnly: boolean;
  readonly isStreaming: boolean;
  /** `content-encoding` of the answer. */
  readonly encoding: string | undefined;
  readonly keepContent: boolean;
};

/** Everything that reads along beside a relay: the tap, the payload that is kept, and a decoder where one is needed. */
export class AnswerReader {
  readonly payload: PayloadCapture;
  /** False when the answer is compressed, so that nothing can be appended to it. */
  readonly isPlain: boolean;
  /** False when it is encoded in a way that nobody here knows, so that nothing can be said of it. */
  readonly isUnderstood: boolean;
  readonly #tap: MessageTap;
  readonly #decoder: ContentDecoder | undefined;

  constructor(options: AnswerReaderOptions) {
    const { encoding } = options;
    const isCompressed = encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity';
    const tap = tapFor(options);
    const payload = createPayloadCapture({ isCompressed });
    this.#tap = tap;
    this.payload = payload;
    this.isPlain = !isCompressed;
    this.#decoder = !isCompressed
      ? undefined
      : createContentDecoder(encoding, (chunk) => {
          tap.push(chunk);
          payload.pushReadable(chunk);
        });
    this.isUnderstood = !isCompressed || this.#decoder !== undefined;
  }

  push(chunk: Buffer): void {
    this.payload.push(chunk);
    if (this.isPlain) this.#tap.push(chunk);
    else this.#decoder?.push(chunk);
  }

  /** What was read, once the last byte has come. */
  async finish(): Promise<TappedMessage> {
    await this.#decoder?.end();
    return this.#tap.result();
  }

  position(): StreamPosition {
    return this.#tap.position();
  }
}

/** The dialect of most traffic has taps of its own, which parse less. */
function tapFor({ dialect, readsUsageOnly, isStreaming, keepContent }: AnswerReaderOptions): MessageTap {
  if (readsUsageOnly) return createUsageTap(dialect);
  if (dialect.wire === 'anthropic') return isStreaming ? createStreamTap(keepContent) : createWholeTap();
  return isStreaming ? createDialectStreamTap(dialect, keepContent) : createDialectWholeTap(dialect);
}
