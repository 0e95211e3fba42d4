import type { ServerResponse } from 'node:http';

/** What a client got, byte for byte, as long as it is not too long to be kept. */
export class AnswerTape {
  readonly #bytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isEnded = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  piece(data: string | Uint8Array): void {
    if (this.#bytes > this.#bytesMax) return;
    const piece = Buffer.from(data);
    this.#bytes += piece.length;
    if (this.#bytes > this.#bytesMax) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  end(): void {
    this.#isEnded = true;
  }

  /** Undefined for an answer that was cut off, or is too long. */
  whole(): Buffer | undefined {
    return this.#isEnded && this.#bytes <= this.#bytesMax ? Buffer.concat(this.#pieces) : undefined;
  }
}

/** The same response, whose body is taped on its way: whoever answers need not know. */
export function tapedResponse(response: ServerResponse, tape: AnswerTape): ServerResponse {
  const taped = {
    write(data: string | Uint8Array, ...rest: readonly unknown[]): unknown {
      tape.piece(data);
      return Reflect.apply(response.write, response, [data, ...rest]);
    },
    end(data?: string | Uint8Array, ...rest: readonly unknown[]): unknown {
      if (data !== undefined) tape.piece(data);
      tape.end();
      return Reflect.apply(response.end, response, [data, ...rest]);
    },
  };
  return new Proxy(response, {
    get(target, name) {
      if (name === 'write' || name === 'end') return taped[name];
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}
