import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

/**
 * Decodes a compressed answer for whoever reads along; the client gets the bytes as they came. We ask upstreams for
 * `identity`, but a proxy between may compress all the same.
 */
export type ContentDecoder = {
  push(chunk: Buffer): void;
  /** Resolves when everything that could be decoded has been handed on. Never rejects. */
  end(): Promise<void>;
};

const DECODED_BYTES_MAX = 33_554_432;

/** Undefined for an encoding that nobody here knows. */
export function createContentDecoder(encoding: string, onData: (chunk: Buffer) => void): ContentDecoder | undefined {
  const stream = decompressor(encoding.trim().toLowerCase());
  if (stream === undefined) return undefined;
  const done = Promise.withResolvers<void>();
  let decodedBytes = 0;
  stream.on('data', (chunk: Buffer) => {
    decodedBytes += chunk.length;
    // A few bytes can stand for gigabytes: beyond the bound nothing more is decoded.
    if (decodedBytes > DECODED_BYTES_MAX) stream.destroy();
    else onData(chunk);
  });
  stream.on('error', () => done.resolve());
  stream.on('close', () => done.resolve());
  return {
    push(chunk) {
      if (!stream.destroyed) stream.write(chunk);
    },
    end() {
      if (stream.destroyed) done.resolve();
      else stream.end();
      return done.promise;
    },
  };
}

function decompressor(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      return undefined;
  }
}
