import type { IncomingMessage, ServerResponse } from 'node:http';
import { OperatingError } from '#foundation/errors';

const EMPTY = Buffer.alloc(0);

/** The two ends of a request whose body is to be read. */
export type BodySource = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** The whole body, at most `bytesMax`; rejects with `too_large`, or `cancelled` when the client goes away. */
export function readBody({ request, response }: BodySource, bytesMax: number): Promise<Buffer> {
  const declared = request.headers['content-length'];
  const coding = request.headers['transfer-encoding'];
  if (declared === undefined && coding === undefined) return Promise.resolve(EMPTY);
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return Promise.reject(unknownCoding());
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(
      new OperatingError('not_supported', 'content_encoding', `request bodies in ${encoding} are not accepted`, {
        remedy: 'send the body without content-encoding',
      }),
    );
  }
  if (declared !== undefined && Number(declared) > bytesMax) return Promise.reject(tooLarge(bytesMax));
  // It may have left while its credential was looked up; then nothing is announced any more.
  if (request.destroyed) return Promise.reject(clientGone());
  // A client that asks first learns of a refusal before it has sent what is refused.
  if (request.httpVersion === '1.1' && request.headers.expect?.toLowerCase() === '100-continue') {
    response.writeContinue();
  }
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

function unknownCoding(): OperatingError {
  return new OperatingError('not_supported', 'transfer_encoding', 'the only transfer coding that is read is chunked', {
    remedy: 'send the body with Content-Length, or chunked alone',
  });
}

function clientGone(): OperatingError {
  return new OperatingError('cancelled', 'client_gone', 'the client went away before its body was complete');
}
