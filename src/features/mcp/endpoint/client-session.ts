import type { JsonObject } from '#foundation/json';
import type { McpCaller } from '../caller.ts';
import type { JsonRpcId } from '../json-rpc.ts';
import type { Revision } from '../revision.ts';
import type { EventStream } from './event-stream.ts';
import type { WaitingRequests } from './waiting-requests.ts';

/** A request of the client that is being answered. */
export type InFlight = {
  readonly caller: McpCaller;
  readonly cancel: AbortController;
  /** Sends a message on the answer stream of this request's POST; false when it cannot carry it. */
  emit(message: JsonObject, mayBeLost: boolean): boolean;
  /** The id that the request has on the connection to the upstream, once it was sent there. */
  upstreamId: number | null;
};

/** One initialised client at one server. It belongs to its owner; found under any other, it does not exist. */
export type ClientSession = {
  readonly id: string;
  readonly server: string;
  readonly owner: string;
  readonly revision: Revision;
  /** What the client said that it can do: sampling, elicitation, roots. */
  readonly capabilities: JsonObject;
  readonly inFlight: Map<string, InFlight>;
  /** Requests of the upstream that the client has not answered yet. */
  readonly waiting: WaitingRequests;
  /** The client's GET stream, while it is open. */
  stream: EventStream | undefined;
  /** Who used the session last: in whose name it hears what the upstream says by itself. */
  caller: McpCaller;
  lastUsedMs: number;
};

/** The text and the number of the same digits are two different ids. */
export function inFlightKey(id: JsonRpcId): string {
  return `${typeof id}:${id}`;
}
