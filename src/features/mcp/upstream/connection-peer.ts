import type { JsonObject } from '#foundation/json';
import { type Answer, ERROR_CODES, errorAnswer } from '../json-rpc.ts';

/** Who stands on our side of a connection and hears what the upstream says by itself. */
export type ConnectionPeer = {
  /** A request of the upstream; `relatedId` names our request whose stream brought it, where that is known. */
  request(method: string, params: JsonObject, relatedId: number | null, signal: AbortSignal): Promise<Answer>;
  notification(method: string, params: JsonObject, relatedId: number | null): void;
};

/** For upstreams that several clients share: there is nobody whom a request could be meant for. */
export function sharedPeer(onListChanged: (method: string) => void): ConnectionPeer {
  return {
    request: async (method) =>
      errorAnswer(ERROR_CODES.methodNotFound, `${method} is not answered here: this upstream serves several clients`),
    notification(method) {
      if (method.endsWith('/list_changed')) onListChanged(method);
    },
  };
}
