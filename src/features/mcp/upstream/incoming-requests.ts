import { type Answer, ERROR_CODES, errorAnswer, type JsonRpcId, type JsonRpcRequest } from '../json-rpc.ts';
import { MCP_LIMITS } from '../limits.ts';
import type { ConnectionPeer } from './connection-peer.ts';

/** Requests of one upstream to us: each is answered once, few wait at a time, and it may take one back. */
export type IncomingRequests = {
  answer(message: JsonRpcRequest, relatedId: number | null): Promise<Answer>;
  cancel(id: JsonRpcId): void;
  cancelAll(): void;
};

export function createIncomingRequests(peer: ConnectionPeer): IncomingRequests {
  const waiting = new Map<JsonRpcId, AbortController>();
  return {
    async answer(message, relatedId) {
      if (message.method === 'ping') return { result: {} };
      if (waiting.size >= MCP_LIMITS.serverRequestsMax) {
        return errorAnswer(ERROR_CODES.unavailable, 'too many requests wait for an answer already');
      }
      if (waiting.has(message.id)) return errorAnswer(ERROR_CODES.invalidRequest, 'a request with this id is waiting');
      const controller = new AbortController();
      waiting.set(message.id, controller);
      try {
        return await peer.request(message.method, message.params, relatedId, controller.signal);
      } catch {
        return errorAnswer(ERROR_CODES.internalError, 'the request could not be answered');
      } finally {
        waiting.delete(message.id);
      }
    },
    cancel: (id) => waiting.get(id)?.abort(),
    cancelAll() {
      for (const controller of waiting.values()) controller.abort();
    },
  };
}
