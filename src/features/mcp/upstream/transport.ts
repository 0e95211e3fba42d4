import type { JsonObject, JsonValue } from '#foundation/json';
import type { McpCaller } from '../caller.ts';

/** What a transport tells the connection above it. */
export type TransportEvents = {
  /** A message of the upstream; `relatedId` is the request whose answer stream brought it, where that is known. */
  message(value: JsonValue, relatedId: number | null): void;
  /** Called once, when nothing can be sent any more; `how` is a sentence's end such as `exited with status 1`. */
  closed(how: string): void;
};

export type SendContext = {
  /** The id of the request that is sent, or null for notifications and responses. */
  readonly requestId: number | null;
  /** Who caused the message; an internal server acts with these rights, others never see them. */
  readonly caller: McpCaller | null;
};

/** A way to one upstream, already open. */
export type Transport = {
  /** The child's process id, where there is one. */
  readonly pid: number | null;
  /** Resolves when the message is delivered; for HTTP, when its answer has been read to the end. */
  send(message: JsonObject, context: SendContext): Promise<void>;
  /** Told once `initialize` has succeeded. */
  initialized(revision: string): void;
  close(): Promise<void>;
};

export type OpenTransport = (events: TransportEvents) => Promise<Transport>;
