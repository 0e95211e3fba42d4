import type { Clock } from '#foundation/time';
import { type Answer, ERROR_CODES, errorAnswer, type JsonRpcId } from '../json-rpc.ts';
import { MCP_LIMITS } from '../limits.ts';

/** Requests that were relayed to a client, under ids of ours, until the client answers. */
export type WaitingRequests = {
  /** Relays by `send`, which is given the id; resolves to the client's answer, or to an error after a time. */
  ask(send: (id: string) => boolean, signal: AbortSignal): Promise<Answer>;
  /** Answers false when nobody waits for this id. */
  answer(id: JsonRpcId, answer: Answer): boolean;
  endAll(): void;
};

export function createWaitingRequests(clock: Clock): WaitingRequests {
  const waiting = new Map<JsonRpcId, (answer: Answer) => void>();
  let lastId = 0;
  return {
    ask(send, signal) {
      if (waiting.size >= MCP_LIMITS.serverRequestsMax) {
        return Promise.resolve(errorAnswer(ERROR_CODES.unavailable, 'too many requests wait for the client already'));
      }
      const id = `upstream-${++lastId}`;
      const { promise, resolve } = Promise.withResolvers<Answer>();
      const giveUp = (text: string) => () => resolve(errorAnswer(ERROR_CODES.timeout, text));
      const stopTimer = clock.after(MCP_LIMITS.serverRequestTimeoutMs, giveUp('the client did not answer in time'));
      const onAbort = giveUp('the request was taken back');
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.set(id, resolve);
      if (!send(id))
        resolve(errorAnswer(ERROR_CODES.unavailable, 'the client has no stream open that could carry this'));
      return promise.finally(() => {
        waiting.delete(id);
        stopTimer();
        signal.removeEventListener('abort', onAbort);
      });
    },
    answer(id, answer) {
      const resolve = waiting.get(id);
      resolve?.(answer);
      return resolve !== undefined;
    },
    endAll() {
      for (const resolve of waiting.values()) resolve(errorAnswer(ERROR_CODES.unavailable, 'the session has ended'));
    },
  };
}
