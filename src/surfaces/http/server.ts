import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { OperatingError, systemCodeOf } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import { type IdSource, isTraceId } from '#foundation/ids';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import { type HostPolicy, refuseForeignHost } from './allowed-hosts.ts';
import { ArrivedExchange } from './arrived-exchange.ts';
import { refuseBrokenRequest, refuseTunnel } from './broken-request.ts';
import { type Endpoint, isOpen } from './endpoint.ts';
import type { EntryControl } from './entry-control.ts';
import { type ErrorFormat, renderError } from './error-format.ts';
import { createOpenCalls } from './open-calls.ts';
import { readBody } from './read-body.ts';
import { parseRequestTarget } from './request-path.ts';
import { createRouter } from './router.ts';
import { writeReply } from './write-reply.ts';

export type HttpServerDeps = {
  readonly host: string;
  readonly port: number;
  readonly hostPolicy: HostPolicy;
  readonly endpoints: readonly Endpoint[];
  /** How long the head of a request may take to arrive, and the whole of it. */
  readonly headMsMax: number;
  readonly requestMsMax: number;
  /** How long calls in flight may take to end at a stop. */
  readonly drainMsMax: number;
  readonly entry: EntryControl;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
};

export type HttpServer = Part & {
  /** The port that was bound; differs from the wished one when that was 0. */
  port(): number;
  /** Calls whose answer is not complete yet. */
  inFlight(): number;
  /** Ends the governed calls whose callers would not be admitted any more. */
  recheck(): Promise<void>;
};

/** How often requests that take too long are looked for. */
const OVERDUE_INTERVAL_MS = 1_000;
const HEADER_BYTES_MAX = 32_768;
const KEEP_ALIVE_MS = 75_000;
/** For a client to take what it is told at the end of the drain, and for the last outcomes to be recorded. */
export const CUT_OFF_MS_MAX = 2_000;

/** server -> endpoint row -> authenticate -> read body -> handler. */
export function createHttpServer(deps: HttpServerDeps): HttpServer {
  const router = createRouter(deps.endpoints);
  const inFlight = new Set<Arrival>();
  const openCalls = createOpenCalls(deps.entry);
  let onIdle: (() => void) | undefined;
  let server: Server | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = `req_${deps.ids.uuid()}`;
    const traceId = traceIdOf(request, deps.ids);
    response.setHeader('x-systemprompt-request-id', requestId);
    response.setHeader('x-systemprompt-trace-id', traceId);
    // What Node reads together with such a request it loses, so this connection has no place for another one.
    if (request.headers.upgrade !== undefined) response.setHeader('connection', 'close');
    let format: ErrorFormat = 'problem';
    let arrival: Arrival | undefined;
    try {
      const refusal = refuseForeignHost(request, deps.hostPolicy);
      if (refusal !== undefined) throw refusal;
      const { path, query } = parseRequestTarget(request.url ?? '/');
      const match = router.match(request.method ?? 'GET', path);
      if (match.found !== 'endpoint') {
        format = path.startsWith('/v1/') ? 'anthropic' : 'problem';
        throw noSuchEndpoint(request, path, match.found === 'path' ? match.allowed : []);
      }
      format = match.endpoint.errors;
      arrival = { request, response, requestId, traceId, path, query, params: match.params, ...BEFORE_THE_BODY };
      inFlight.add(arrival);
      const reply = await serve(match.endpoint, arrival);
      if (reply !== undefined) answer(request, response, reply);
    } catch (error) {
      fail(error, format, requestId, request, response);
    } finally {
      if (arrival !== undefined) leave(arrival);
      onIdle?.();
    }
  }

  /** A stream that its handler has opened and left lives on until its connection ends. */
  function leave(arrival: Arrival): void {
    const { response } = arrival;
    inFlight.delete(arrival);
    if (response.destroyed || response.writableEnded) openCalls.delete(arrival);
    else response.once('close', () => openCalls.delete(arrival));
  }

  /** Calls in flight end in their own time, then are told to, then are cut; nobody new is taken in. */
  async function drain(closing: Server): Promise<void> {
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    const ended = new Promise<void>((resolve) => {
      // A connection that a client keeps open for its next request has nothing left to wait for.
      onIdle = () => {
        setImmediate(() => closing.closeIdleConnections());
        if (inFlight.size === 0) resolve();
      };
      onIdle();
    });
    const cancelCutOff = deps.clock.after(deps.drainMsMax, () => {
      for (const arrival of inFlight) arrival.exchange?.cutOff(stopping());
    });
    const cut = new Promise<void>((resolve) => {
      deps.clock.after(deps.drainMsMax + CUT_OFF_MS_MAX, resolve);
    });
    await Promise.race([Promise.all([closed, ended]), cut]);
    cancelCutOff();
    closing.closeAllConnections();
  }

  const accept = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);

  async function serve(endpoint: Endpoint, arrival: Arrival): Promise<Reply | undefined> {
    if (isOpen(endpoint)) return endpoint.handler(await exchangeOf(endpoint, arrival));
    // A remembered credential is admitted without leaving the event loop's turn.
    const pending = deps.entry.admit(endpoint, arrival);
    const admission = pending instanceof Promise ? await pending : pending;
    if (!admission.ok) return admission.reply;
    if (endpoint.refusedAs !== undefined) openCalls.add(arrival, endpoint);
    return endpoint.handler(await exchangeOf(endpoint, arrival), admission.caller);
  }

  function fail(
    error: unknown,
    format: ErrorFormat,
    requestId: string,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    if (!(error instanceof OperatingError)) deps.logger.error({ err: error, requestId }, 'request failed unexpectedly');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    answer(request, response, renderError(error, format, requestId));
  }

  return {
    name: 'http server',
    port: () => {
      const address = server?.address();
      return isAddressInfo(address) ? address.port : deps.port;
    },
    inFlight: () => inFlight.size,
    recheck: openCalls.recheck,
    start: () =>
      new Promise((resolve, reject) => {
        server = createServer(
          {
            headersTimeout: Math.min(deps.headMsMax, deps.requestMsMax),
            requestTimeout: deps.requestMsMax,
            connectionsCheckingInterval: OVERDUE_INTERVAL_MS,
            keepAliveTimeout: KEEP_ALIVE_MS,
            maxHeaderSize: HEADER_BYTES_MAX,
            insecureHTTPParser: false,
            // Ours is refused with its ids like everything else.
            requireHostHeader: false,
          },
          accept,
        );
        // The body of a request that is refused is not asked for.
        server.on('checkContinue', accept).on('checkExpectation', accept);
        server.on('clientError', (error, socket) =>
          refuseBrokenRequest(error, socket, isAnswering(socket, inFlight), deps.ids),
        );
        server.on('connect', (_request, socket) => refuseTunnel(socket, deps.ids));
        server.once('error', (error) => reject(cannotListen(error, deps.host, deps.port)));
        server.listen(deps.port, deps.host, resolve);
      }),
    async stop() {
      if (server !== undefined) await drain(server);
    },
  };
}

/** A whole answer; the rest of a body that nobody read ends with the connection. */
function answer(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (!request.complete && !response.headersSent) response.setHeader('connection', 'close');
  writeReply(response, reply, request.method !== 'HEAD');
}

function isAnswering(socket: Duplex, inFlight: ReadonlySet<Arrival>): boolean {
  for (const { request, response } of inFlight) if (request.socket === socket && response.headersSent) return true;
  return false;
}

/** A request between its head and its body. */
export type Arrival = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly traceId: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  /** There once the body has been read. */
  exchange: ArrivedExchange | undefined;
  /** Why the call was ended before it was complete. */
  cutOffBy: OperatingError | undefined;
};

const BEFORE_THE_BODY = { exchange: undefined, cutOffBy: undefined };

async function exchangeOf(endpoint: Endpoint, arrival: Arrival): Promise<Exchange> {
  const body = await readBody(arrival, endpoint.bodyBytesMax);
  if (arrival.cutOffBy !== undefined) throw arrival.cutOffBy;
  arrival.exchange = new ArrivedExchange(arrival, body);
  return arrival.exchange;
}

function stopping(): OperatingError {
  return new OperatingError('unavailable', 'server_stopping', 'the server is stopping and cannot wait any longer', {
    remedy: 'send the request again',
  });
}

/** W3C Trace Context: a caller's trace goes on, otherwise one begins here. */
function traceIdOf(request: IncomingMessage, ids: IdSource): string {
  const traceparent = request.headers.traceparent;
  const traceId = typeof traceparent === 'string' ? traceparent.split('-')[1] : undefined;
  return traceId !== undefined && isTraceId(traceId) ? traceId : ids.traceId();
}

function noSuchEndpoint(request: IncomingMessage, path: string, allowed: readonly string[]): OperatingError {
  if (allowed.length === 0) {
    return new OperatingError('not_found', 'no_such_endpoint', `nothing is served at ${path.slice(0, 200)}`, {
      remedy: 'GET /health tells whether this is the right server',
    });
  }
  return new OperatingError('invalid_input', 'method_not_allowed', `${request.method} is not served at ${path}`, {
    remedy: `use ${allowed.join(' or ')}`,
  });
}

function cannotListen(error: Error, host: string, port: number): OperatingError {
  const code = systemCodeOf(error);
  if (code === 'EADDRINUSE') {
    return new OperatingError('conflict', 'port_in_use', `port ${port} on ${host} is in use`, {
      remedy: `stop what listens there, or start on another port: npm start -- --port ${port + 1}`,
      cause: error,
    });
  }
  return new OperatingError('unavailable', 'cannot_listen', `cannot listen on ${host}:${port}: ${error.message}`, {
    remedy: 'choose another --host or --port',
    cause: error,
  });
}

function isAddressInfo(address: unknown): address is AddressInfo {
  return typeof address === 'object' && address !== null && 'port' in address;
}
