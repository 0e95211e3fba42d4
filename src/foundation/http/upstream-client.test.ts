import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OperatingError } from '../errors.ts';
import { systemClock } from '../time.ts';
import { collectResponse } from './collect-response.ts';
import { createUpstreamClient, type UpstreamClient } from './upstream-client.ts';
import type { UpstreamRequest } from './upstream-request.ts';

const TIMEOUTS = { firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  closers.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function serve(listener: RequestListener): Promise<string> {
  return listening(createServer(listener));
}

function client(clock = systemClock): UpstreamClient {
  const made = createUpstreamClient({ clock });
  closers.push(() => made.stop?.());
  return made;
}

function request(origin: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return { method: 'GET', origin, path: '/', headers: {}, body: null, timeouts: TIMEOUTS, ...more };
}

async function errorOf(promise: Promise<unknown>): Promise<OperatingError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OperatingError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('the upstream client', () => {
  it('sends bytes as they are and gives back status, headers and bytes', async () => {
    const origin = await serve((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        response.writeHead(418, { 'x-kept': 'yes' });
        response.end(Buffer.concat(chunks));
      });
    });
    const body = Buffer.from([0, 255, 13, 10, 128, 34]);
    const answer = await collectResponse(client(), request(origin, { method: 'POST', body }), { bodyBytesMax: 100 });
    expect(answer.status).toBe(418);
    expect(answer.headers['x-kept']).toBe('yes');
    expect(answer.body).toEqual(body);
  });

  it('follows no redirect', async () => {
    let requests = 0;
    const origin = await serve((_incoming, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const answer = await collectResponse(client(), request(origin), { bodyBytesMax: 100 });
    expect([answer.status, requests]).toEqual([302, 1]);
  });

  it('names a refused connection without its cause', async () => {
    const error = await errorOf(collectResponse(client(), request('http://127.0.0.1:1'), { bodyBytesMax: 1 }));
    expect([error.kind, error.code]).toEqual(['upstream', 'upstream_refused']);
    expect(error.message).toBe('http://127.0.0.1:1 refused the connection');
  });

  it('reports an answer that is not HTTP, and one that is cut short', async () => {
    const answers = ['SSH-2.0-OpenSSH\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'];
    const codes: string[] = [];
    for (const answer of answers) {
      const origin = await listening(createTcpServer((socket: Socket) => socket.end(answer)));
      codes.push((await errorOf(collectResponse(client(), request(origin), { bodyBytesMax: 100 }))).code);
    }
    expect(codes).toEqual(['upstream_garbled', 'upstream_closed']);
  });

  it('stops reading an answer that is too large', async () => {
    const origin = await serve((_incoming, response) => response.end(Buffer.alloc(10_000)));
    const error = await errorOf(collectResponse(client(), request(origin), { bodyBytesMax: 100 }));
    expect(error.code).toBe('upstream_too_large');
  });

  it('refuses to start anything once it is stopped', async () => {
    const stopped = client();
    await stopped.stop?.();
    const error = await errorOf(collectResponse(stopped, request('http://127.0.0.1:1'), { bodyBytesMax: 1 }));
    expect(error.kind).toBe('unavailable');
  });
});

describe('a flight', () => {
  it('aborts the upstream request at once', async () => {
    const gone = Promise.withResolvers<void>();
    const origin = await serve((incoming, response) => {
      response.writeHead(200).flushHeaders();
      incoming.socket.on('close', () => gone.resolve());
    });
    const errors: OperatingError[] = [];
    const head = Promise.withResolvers<void>();
    const flight = client().open(request(origin), {
      onHead: () => head.resolve(),
      onData: () => true,
      onEnd: () => {},
      onError: (error) => errors.push(error),
    });
    await head.promise;
    flight.abort();
    flight.abort();
    await gone.promise;
    expect(errors.map((error) => error.kind)).toEqual(['cancelled']);
  });

  it('holds the upstream back while its receiver is slow, and loses nothing', async () => {
    const total = 32 * 1_048_576;
    const origin = await serve((_incoming, response) => response.end(Buffer.alloc(total, 7)));
    const done = Promise.withResolvers<void>();
    let received = 0;
    const held = Promise.withResolvers<void>();
    const flight = client().open(request(origin), {
      onHead: () => {},
      onData(chunk) {
        received += chunk.length;
        held.resolve();
        return false;
      },
      onEnd: () => done.resolve(),
      onError: (error) => done.reject(error),
    });
    await held.promise;
    const before = received;
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(flight.paused()).toBe(true);
    expect(received).toBe(before);
    while (received < total) {
      flight.resume();
      await new Promise(setImmediate);
    }
    flight.resume();
    await done.promise;
    expect(received).toBe(total);
  });
});
