/**
 * The client's side of Streamable HTTP (MCP 2025-11-25, transports). Every message is a POST; its answer is JSON or an
 * event stream, which is taken up again by `Last-Event-ID` when it breaks off. One GET stream carries what the
 * upstream says by itself.
 */
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject } from '#foundation/json';
import { type Clock, elapse } from '#foundation/time';
import type { HttpDefinition } from '../config.ts';
import { MCP_LIMITS } from '../limits.ts';
import { type HttpExchange, startHttpExchange } from './http-exchange.ts';
import {
  createHttpSession,
  type HttpSession,
  type HttpTransportDeps,
  newCursor,
  SESSION_LOST,
} from './http-session.ts';
import type { OpenTransport, Transport, TransportEvents } from './transport.ts';

export function httpTransport(definition: HttpDefinition, deps: HttpTransportDeps): OpenTransport {
  return async (events) => createHttpTransport(definition, deps, events);
}

/** The requests that are on their way, by the id that they have on this connection; the GET stream is `LISTENER`. */
type Flights = { closed: boolean; readonly open: Map<number, HttpExchange> };

const LISTENER = 0;

function createHttpTransport(definition: HttpDefinition, deps: HttpTransportDeps, events: TransportEvents): Transport {
  const session = createHttpSession(definition, deps, events);
  const flights: Flights = { closed: false, open: new Map() };

  function close(how: string): void {
    if (flights.closed) return;
    flights.closed = true;
    for (const flight of flights.open.values()) flight.abort();
    events.closed(how);
  }

  return {
    pid: null,
    async send(message, { requestId }) {
      try {
        if (requestId !== null) await deliver(session, flights, message, requestId, definition.name, deps.clock);
        else await post(session, message);
        if (message.method === 'notifications/cancelled') flights.open.get(cancelledId(message))?.abort();
      } catch (error) {
        // First this request fails with its own error, which lets it be sent again; then everything else.
        if (isSessionLost(error)) deps.clock.after(0, () => close('has ended its session'));
        throw error;
      }
    },
    initialized(revision) {
      session.negotiated(revision);
      void listen(session, flights, deps.clock);
    },
    async close() {
      const leaving = session.named && !flights.closed;
      close('was closed');
      if (leaving) await endSession(session, deps);
    },
  };
}

const GET_HEADERS = { accept: 'text/event-stream' };
const POST_HEADERS = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

/** For notifications and responses: nothing is awaited but their acceptance. */
function post(session: HttpSession, message: JsonObject): Promise<void> {
  return session.exchange(session.request('POST', POST_HEADERS, bodyOf(message)), null, newCursor()).done;
}

async function deliver(
  session: HttpSession,
  flights: Flights,
  message: JsonObject,
  requestId: number,
  server: string,
  clock: Clock,
): Promise<void> {
  const cursor = newCursor();
  let request = session.request('POST', POST_HEADERS, bodyOf(message));
  for (let attempt = 0; attempt <= MCP_LIMITS.resumeAttemptsMax; attempt++) {
    const flight = session.exchange(request, requestId, cursor);
    flights.open.set(requestId, flight);
    try {
      await flight.done;
    } catch (error) {
      if (cursor.lastEventId === undefined || !isBreak(error)) throw error;
    } finally {
      flights.open.delete(requestId);
    }
    if (cursor.answered || flights.closed) return;
    if (cursor.lastEventId === undefined) break;
    await elapse(clock, cursor.retryMs);
    request = session.request('GET', { ...GET_HEADERS, 'last-event-id': cursor.lastEventId }, null);
  }
  throw new OperatingError('upstream', 'mcp_upstream_silent', `the MCP server ${server} ended without an answer`);
}

/** Listens until the upstream says that it has no such stream, or breaks it off too often in a row. */
async function listen(session: HttpSession, flights: Flights, clock: Clock): Promise<void> {
  const cursor = newCursor();
  let broken = 0;
  while (broken < MCP_LIMITS.resumeAttemptsMax && !flights.closed) {
    const resume = cursor.lastEventId === undefined ? {} : { 'last-event-id': cursor.lastEventId };
    cursor.heard = false;
    try {
      const flight = session.exchange(session.request('GET', { ...GET_HEADERS, ...resume }, null), null, cursor);
      flights.open.set(LISTENER, flight);
      await flight.done;
    } catch (error) {
      if (!isBreak(error)) return;
    }
    broken = cursor.heard ? 0 : broken + 1;
    await elapse(clock, cursor.retryMs);
  }
}

const FAREWELL_MS = 1_000;

async function endSession(session: HttpSession, deps: HttpTransportDeps): Promise<void> {
  const timeouts = { firstByteMs: FAREWELL_MS, idleMs: FAREWELL_MS, totalMs: FAREWELL_MS };
  const farewell = { ...session.request('DELETE', {}, null), timeouts };
  await startHttpExchange(deps.client, farewell, () => undefined).done.catch(() => {});
}

function bodyOf(message: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** Whether the connection broke, in contrast to an answer that says no. */
function isBreak(error: unknown): boolean {
  return error instanceof OperatingError && (error.code === 'upstream_closed' || error.kind === 'timeout');
}

function isSessionLost(error: unknown): boolean {
  return error instanceof OperatingError && error.code === SESSION_LOST;
}

function cancelledId(message: JsonObject): number {
  const { params } = message;
  return isJsonObject(params) && typeof params.requestId === 'number' ? params.requestId : -1;
}
