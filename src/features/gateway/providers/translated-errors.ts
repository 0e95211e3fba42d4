import type { IncomingHttpHeaders } from 'node:http';
import type { OperatingError } from '#foundation/errors';
import type { Reply } from '#foundation/http/exchange';
import type { UpstreamReceiver } from '#foundation/http/upstream-request';

/** Answers the same error in the words of the wire, or undefined to leave it as it is. */
export type TranslateError = (status: number, headers: IncomingHttpHeaders, text: string) => Reply | undefined;

const ERROR_BYTES_MAX = 1_048_576;

/** Hears an error to its end and passes it on in other words; everything else goes through as it comes. */
export class TranslatedErrors implements UpstreamReceiver {
  readonly #receiver: UpstreamReceiver;
  readonly #translate: TranslateError;
  #held: { readonly status: number; readonly headers: IncomingHttpHeaders } | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(receiver: UpstreamReceiver, translate: TranslateError) {
    this.#receiver = receiver;
    this.#translate = translate;
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
    if (status < 400 || !isPlain) this.#receiver.onHead(status, headers);
    else this.#held = { status, headers };
  }

  onData(chunk: Buffer): boolean {
    if (this.#held === undefined) return this.#receiver.onData(chunk);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // No cloud says so much in an error of its own.
    return this.#bytes <= ERROR_BYTES_MAX || this.#release();
  }

  onEnd(): void {
    const held = this.#held;
    if (held !== undefined) {
      const reply = this.#translate(held.status, held.headers, Buffer.concat(this.#chunks).toString('utf8'));
      if (reply === undefined || !('json' in reply)) this.#release();
      else this.#tell(held, reply.json);
    }
    this.#receiver.onEnd();
  }

  onError(error: OperatingError): void {
    this.#receiver.onError(error);
  }

  /** Passes on what was held as it came. */
  #release(): boolean {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return true;
    this.#receiver.onHead(held.status, held.headers);
    const body = Buffer.concat(this.#chunks);
    return body.length === 0 || this.#receiver.onData(body);
  }

  #tell({ status, headers }: { status: number; headers: IncomingHttpHeaders }, json: unknown): void {
    const body = Buffer.from(JSON.stringify(json));
    this.#receiver.onHead(status, {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(body.length),
    });
    this.#receiver.onData(body);
  }
}
