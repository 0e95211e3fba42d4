import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import type { Clock } from '#foundation/time';
import type { McpCaller } from '../caller.ts';
import { type Answer, type JsonRpcId, notificationMessage, requestMessage } from '../json-rpc.ts';
import { MCP_LIMITS } from '../limits.ts';
import { goneError } from './gone-error.ts';
import type { SendContext } from './transport.ts';

export type RequestOptions = {
  readonly timeoutMs: number;
  readonly caller: McpCaller | null;
  readonly signal?: AbortSignal;
  /** Asks the upstream for progress and is called with it; its `progressToken` is ours and must be replaced. */
  readonly onProgress?: (params: JsonObject) => void;
  /** Called with the id that the request has on this connection, before it is sent. */
  readonly onSent?: (id: number) => void;
};

/**
 * Our requests on one connection. The ids are ours and count up, whatever the clients called theirs, so that two
 * clients with the same id can never be given each other's answer.
 */
export type OutgoingRequests = {
  request(method: string, params: JsonObject, options: RequestOptions): Promise<Answer>;
  settle(id: JsonRpcId, answer: Answer): void;
  progress(token: JsonValue | undefined, params: JsonObject): void;
  failAll(how: string): void;
};

type Pending = {
  readonly settle: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
  readonly onProgress: ((params: JsonObject) => void) | undefined;
};

export function createOutgoingRequests(deps: {
  server: string;
  clock: Clock;
  send: (message: JsonObject, context: SendContext) => Promise<void>;
}): OutgoingRequests {
  const { server, clock, send } = deps;
  const pending = new Map<JsonRpcId, Pending>();
  let lastId = 0;

  function take(id: JsonRpcId): Pending | undefined {
    const found = pending.get(id);
    pending.delete(id);
    return found;
  }

  /** Fails the request here and tells the upstream, whose answer, if one comes, is nobody's then. */
  function giveUp(id: number, method: string, error: OperatingError): void {
    const found = take(id);
    if (found === undefined) return;
    // The specification forbids to cancel `initialize`.
    if (method !== 'initialize') {
      const cancelled = notificationMessage('notifications/cancelled', { requestId: id, reason: error.message });
      send(cancelled, { requestId: null, caller: null }).catch(() => {});
    }
    found.fail(error);
  }

  return {
    async request(method, params, options) {
      if (pending.size >= MCP_LIMITS.connectionInFlightMax) throw inFlightError(server);
      const id = ++lastId;
      const outcome = Promise.withResolvers<Answer>();
      const onAbort = () => giveUp(id, method, cancelledError());
      pending.set(id, { settle: outcome.resolve, fail: outcome.reject, onProgress: options.onProgress });
      const stopTimer = clock.after(options.timeoutMs, () =>
        giveUp(id, method, timeoutError(server, options.timeoutMs)),
      );
      options.signal?.addEventListener('abort', onAbort, { once: true });
      options.onSent?.(id);
      const asked = options.onProgress === undefined ? params : withProgressToken(params, id);
      const sent = send(requestMessage(id, method, asked), { requestId: id, caller: options.caller });
      sent.catch((error) => take(id)?.fail(error));
      if (options.signal?.aborted === true) onAbort();
      try {
        return await outcome.promise;
      } finally {
        stopTimer();
        options.signal?.removeEventListener('abort', onAbort);
      }
    },
    settle: (id, answer) => take(id)?.settle(answer),
    progress: (token, params) => {
      if (typeof token === 'number') pending.get(token)?.onProgress?.(params);
    },
    failAll(how) {
      const all = [...pending.values()];
      pending.clear();
      for (const { fail } of all) fail(goneError(server, how));
    },
  };
}

function withProgressToken(params: JsonObject, id: number): JsonObject {
  const meta = isJsonObject(params._meta) ? params._meta : {};
  return { ...params, _meta: { ...meta, progressToken: id } };
}

function cancelledError(): OperatingError {
  return new OperatingError('cancelled', 'mcp_cancelled', 'the call was cancelled');
}

function inFlightError(server: string): OperatingError {
  const text = `the MCP server ${server} already has ${MCP_LIMITS.connectionInFlightMax} calls in flight`;
  return new OperatingError('unavailable', 'mcp_in_flight_max', text, { remedy: 'try again when some have ended' });
}

function timeoutError(server: string, timeoutMs: number): OperatingError {
  const text = `the MCP server ${server} did not answer within ${timeoutMs} ms`;
  return new OperatingError('timeout', 'mcp_call_timeout', text, {
    where: `mcp_servers.${server}.call_timeout_ms`,
    remedy: 'ask for less in one call, or have an administrator raise call_timeout_ms',
  });
}
