import { connect, type Socket } from 'node:net';

export type Answer = {
  readonly status: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
  readonly isDenied: boolean;
};

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';

/**
 * One keep-alive connection that writes requests made beforehand and reads only where an answer ends, so that the load
 * client takes as little as it can of the processors it shares with the server.
 */
export class LoadConnection {
  readonly #socket: Socket;
  #onChunk: (chunk: Buffer) => void = () => {};
  #onFailure: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#onChunk(chunk));
    socket.on('error', (error) => this.#onFailure(error));
    socket.on('close', () => this.#onFailure(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<LoadConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
        socket.off('error', reject);
        resolve(new LoadConnection(socket));
      });
      socket.once('error', reject);
    });
  }

  /** Sends one whole request; resolves when its answer is complete. */
  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const startedMs = performance.now();
      let firstByteMs: number | undefined;
      let text = '';
      let end: number | undefined;
      this.#onFailure = reject;
      this.#onChunk = (chunk) => {
        firstByteMs ??= performance.now() - startedMs;
        text += chunk.toString('latin1');
        end ??= endOf(text);
        if (end === undefined || (end === CHUNKED ? !text.endsWith(LAST_CHUNK) : text.length < end)) return;
        const status = Number(text.slice(9, 12));
        resolve({ status, firstByteMs, totalMs: performance.now() - startedMs, isDenied: text.includes('"deny"') });
      };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#onFailure = () => {};
    this.#socket.destroy();
  }
}

const CHUNKED = -1;

/** The length of the whole answer, CHUNKED when its end is told by its last chunk; undefined before its head is whole. */
function endOf(text: string): number | undefined {
  const head = text.indexOf(HEAD_END);
  if (head === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  return length === undefined ? CHUNKED : head + HEAD_END.length + Number(length);
}
