import type { ServerResponse } from 'node:http';
import type { JsonObject } from '#foundation/json';
import type { Clock } from '#foundation/time';
import { MCP_LIMITS } from '../limits.ts';

/** An answer in the form of server-sent events, one JSON-RPC message an event. */
export type EventStream = {
  /** Answers false when the message was not sent: the stream has ended, or is behind and the message may be lost. */
  send(message: JsonObject, mayBeLost: boolean): boolean;
  end(): void;
};

export function openEventStream(
  response: ServerResponse,
  options: { headers: Readonly<Record<string, string>>; clock: Clock; onClose?: () => void },
): EventStream {
  let ended = response.destroyed;
  let stopKeepAlive = keepAlive();
  if (!ended) {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      // Some proxies hold events back until they have gathered a buffer full of them.
      'x-accel-buffering': 'no',
      ...options.headers,
    });
    response.flushHeaders();
  }
  // A client that is gone already will not be announced again.
  if (ended) queueMicrotask(close);
  else response.once('close', close);

  function close(): void {
    ended = true;
    stopKeepAlive();
    options.onClose?.();
  }

  function keepAlive(): () => void {
    return options.clock.after(MCP_LIMITS.quietMs, () => {
      if (ended) return;
      if (response.writableLength === 0) response.write(': still here\n\n');
      stopKeepAlive = keepAlive();
    });
  }

  return {
    send(message, mayBeLost) {
      const backlog = response.writableLength;
      if (ended || (mayBeLost && backlog > MCP_LIMITS.notificationBacklogBytesMax)) return false;
      if (backlog > MCP_LIMITS.streamBacklogBytesMax) {
        response.destroy();
        return false;
      }
      response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
      return true;
    },
    end() {
      if (ended) return;
      ended = true;
      stopKeepAlive();
      response.end();
    },
  };
}
