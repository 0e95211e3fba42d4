/** One conversation with one upstream: our requests, its own, and the handshake that comes before both. */
import { OperatingError } from '#foundation/errors';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { Clock } from '#foundation/time';
import {
  type Answer,
  type JsonRpcNotification,
  type JsonRpcRequest,
  notificationMessage,
  parseMessage,
  responseMessage,
} from '../json-rpc.ts';
import { MCP_LIMITS } from '../limits.ts';
import type { ConnectionPeer } from './connection-peer.ts';
import { goneError } from './gone-error.ts';
import { createIncomingRequests } from './incoming-requests.ts';
import { createOutgoingRequests, type RequestOptions } from './outgoing-requests.ts';
import type { OpenTransport, SendContext, Transport } from './transport.ts';
import { parseUpstreamIdentity, type UpstreamIdentity } from './upstream-identity.ts';

export type Connection = {
  readonly pid: number | null;
  readonly identity: UpstreamIdentity;
  /** Resolves to the upstream's answer; rejects with `timeout`, `cancelled`, `upstream` or `unavailable`. */
  request(method: string, params: JsonObject, options: RequestOptions): Promise<Answer>;
  notify(method: string, params: JsonObject): void;
  close(): Promise<void>;
  /** Resolves with how it ended, be it by itself or by `close`. */
  readonly closed: Promise<string>;
};

export type ConnectOptions = {
  readonly server: string;
  readonly open: OpenTransport;
  readonly peer: ConnectionPeer;
  /** What we say of ourselves in `initialize`. */
  readonly hello: { readonly revision: string; readonly capabilities: JsonObject; readonly clientInfo: JsonObject };
  readonly startTimeoutMs: number;
  readonly clock: Clock;
};

/** Opens the transport and shakes hands, both within `startTimeoutMs`; what was half open is closed on failure. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { server, startTimeoutMs, clock } = options;
  const line = createLine(options);
  const overrun = Promise.withResolvers<never>();
  const stopTimer = clock.after(startTimeoutMs, () => overrun.reject(startTimeoutError(server, startTimeoutMs)));
  const opening = options.open({ message: line.receive, closed: line.end });
  try {
    const transport = await Promise.race([opening, overrun.promise]);
    line.attach(transport);
    const identity = await Promise.race([shakeHands(line, options), overrun.promise]);
    transport.initialized(identity.revision);
    line.notify('notifications/initialized', {});
    return connectionOver(line, transport, identity);
  } catch (error) {
    line.end('did not become ready');
    void opening.then((opened) => opened.close()).catch(() => {});
    throw error;
  } finally {
    stopTimer();
  }
}

async function shakeHands(line: Line, options: ConnectOptions): Promise<UpstreamIdentity> {
  const { revision, capabilities, clientInfo } = options.hello;
  const params = { protocolVersion: revision, capabilities, clientInfo };
  const answer = await line.request('initialize', params, { timeoutMs: options.startTimeoutMs, caller: null });
  return parseUpstreamIdentity(answer, options.server);
}

function connectionOver(line: Line, transport: Transport, identity: UpstreamIdentity): Connection {
  return {
    pid: transport.pid,
    identity,
    request: line.request,
    notify: line.notify,
    closed: line.closed,
    async close() {
      line.end('was closed');
      await transport.close();
    },
  };
}

function startTimeoutError(server: string, timeoutMs: number): OperatingError {
  return new OperatingError(
    'timeout',
    'mcp_start_timeout',
    `the MCP server ${server} was not ready within ${timeoutMs} ms`,
    { where: `mcp_servers.${server}.start_timeout_ms`, remedy: `see systemprompt plugins mcp logs ${server}` },
  );
}

/** The JSON-RPC half of a connection, before, during and after its handshake. */
type Line = {
  readonly closed: Promise<string>;
  request(method: string, params: JsonObject, options: RequestOptions): Promise<Answer>;
  notify(method: string, params: JsonObject): void;
  receive(value: JsonValue, relatedId: number | null): void;
  attach(transport: Transport): void;
  end(how: string): void;
};

const NO_REQUEST: SendContext = { requestId: null, caller: null };

function createLine(options: ConnectOptions): Line {
  const { server, peer, clock } = options;
  const closed = Promise.withResolvers<string>();
  let transport: Transport | undefined;
  let endedAs: string | undefined;
  const outgoing = createOutgoingRequests({ server, clock, send });
  const incoming = createIncomingRequests(peer);

  async function send(message: JsonObject, context: SendContext): Promise<void> {
    if (transport === undefined || endedAs !== undefined) throw goneError(server, endedAs ?? 'is not open');
    await transport.send(message, context);
  }

  function receive(value: JsonValue, relatedId: number | null): void {
    // A revision with batches lets an upstream put several messages into one array.
    if (Array.isArray(value)) {
      for (const item of value.slice(0, MCP_LIMITS.batchMessagesMax)) receive(item, relatedId);
      return;
    }
    const message = parseMessage(value);
    if (message.kind === 'response') outgoing.settle(message.id, message.answer);
    if (message.kind === 'notification') hear(message, relatedId);
    if (message.kind === 'request') void serve(message, relatedId);
  }

  function hear({ method, params }: JsonRpcNotification, relatedId: number | null): void {
    if (method === 'notifications/progress') {
      outgoing.progress(params.progressToken, params);
    } else if (method === 'notifications/cancelled') {
      const id = params.requestId;
      if (typeof id === 'string' || typeof id === 'number') incoming.cancel(id);
    } else {
      peer.notification(method, params, relatedId);
    }
  }

  async function serve(message: JsonRpcRequest, relatedId: number | null): Promise<void> {
    const answer = await incoming.answer(message, relatedId);
    await send(responseMessage(message.id, answer), NO_REQUEST).catch(() => {});
  }

  return {
    closed: closed.promise,
    request: outgoing.request,
    notify: (method, params) => void send(notificationMessage(method, params), NO_REQUEST).catch(() => {}),
    receive,
    attach(opened) {
      transport = opened;
    },
    end(how) {
      if (endedAs !== undefined) return;
      endedAs = how;
      incoming.cancelAll();
      outgoing.failAll(how);
      closed.resolve(how);
    },
  };
}
