import type { JsonRpcNotification, JsonRpcResponse } from '../json-rpc.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import { type ClientSession, inFlightKey } from './client-session.ts';

/** A client's notification: of those that mean anything here each has its place, the others are passed over. */
export function hearNotification(pool: UpstreamPool, session: ClientSession, message: JsonRpcNotification): void {
  const { method, params } = message;
  if (method === 'notifications/cancelled') {
    const id = params.requestId;
    // Only requests of this very session are found, so nobody can cancel for another.
    if (typeof id === 'string' || typeof id === 'number') session.inFlight.get(inFlightKey(id))?.cancel.abort();
  } else if (method === 'notifications/roots/list_changed') {
    // Nothing is started for it: an upstream that is not open will ask for the roots when it is.
    pool.peek(session.server, session.id)?.notify(method, {});
  }
}

/** A client's answer to a request that its upstream made; answers that nobody waits for are passed over. */
export function hearResponse(session: ClientSession, message: JsonRpcResponse): void {
  session.waiting.answer(message.id, message.answer);
}
