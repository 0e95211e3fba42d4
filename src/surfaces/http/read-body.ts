import type { IncomingMessage } from 'node:http';
import { OperatingError } from '#foundation/errors';

const EMPTY = Buffer.alloc(0);

/** The whole body, at most `bytesMax`; rejects with `too_large`, or `cancelled` when the client goes away. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = request.headers['content-length'];
  if (declared === undefined && request.headers['transfer-encoding'] === undefined) return Promise.resolve(EMPTY);
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(
      new OperatingError('not_supported', 'content_encoding', `request bodies in ${encoding} are not accepted`, {
        remedy: 'send the body without content-encoding',
      }),
    );
  }
  if (declared !== undefined && Number(declared) > bytesMax) return Promise.reject(tooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        request.removeAllListeners('data');
        request.resume();
        reject(tooLarge(bytesMax));
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    // The first end of a request decides; an error that nobody is given is not made, because its stack is expensive.
    request.on('error', () => reject(clientGone()));
    request.on('close', () => {
      if (!request.readableEnded) reject(clientGone());
    });
  });
}

function tooLarge(bytesMax: number): OperatingError {
  return new OperatingError('too_large', 'body_too_large', `the body is larger than ${bytesMax} bytes`, {
    remedy: 'send a smaller body',
  });
}

function clientGone(): OperatingError {
  return new OperatingError('cancelled', 'client_gone', 'the client went away before its body was complete');
}
