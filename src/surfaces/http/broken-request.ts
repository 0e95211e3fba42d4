import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemCodeOf } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';

/**
 * Answers what cannot be read as a request, and ends its connection: nothing behind it has a place where it begins.
 * `isAnswering` says that an answer is on its way there; then more bytes would become a part of it.
 */
export function refuseBrokenRequest(error: Error, socket: Duplex, isAnswering: boolean, ids: IdSource): void {
  if (isAnswering || !socket.writable) {
    socket.destroy();
    return;
  }
  const row = ROWS[systemCodeOf(error) ?? ''] ?? MALFORMED;
  socket.end(answerOf(row, ids), () => socket.destroy());
}

/** CONNECT asks for a tunnel to anywhere. */
export function refuseTunnel(socket: Duplex, ids: IdSource): void {
  socket.end(answerOf(TUNNEL, ids), () => socket.destroy());
}

type Row = { readonly status: number; readonly code: string; readonly message: string; readonly remedy: string };

const MALFORMED: Row = {
  status: 400,
  code: 'malformed_request',
  message: 'this is not a request that HTTP/1.1 can be sure of',
  remedy: 'send one Content-Length or chunked, no folded headers, no stray characters (RFC 9112)',
};

const TUNNEL: Row = {
  status: 400,
  code: 'no_tunnel',
  message: 'this server is no proxy',
  remedy: 'send the request to the path that it is for',
};

const ROWS: Readonly<Record<string, Row>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    message: 'the headers are too many or too large',
    remedy: 'send fewer or shorter headers',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'chunk_extensions_too_large',
    message: 'the extensions of a chunk are too large',
    remedy: 'send chunks without extensions',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    message: 'the request did not arrive in time',
    remedy: 'send it faster, or in smaller parts',
  },
};

function answerOf({ status, code, message, remedy }: Row, ids: IdSource): string {
  const requestId = `req_${ids.uuid()}`;
  const problem = { type: 'about:blank', title: message, status, code, remedy, request_id: requestId };
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-systemprompt-request-id: ${requestId}`,
    `x-systemprompt-trace-id: ${ids.traceId()}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
