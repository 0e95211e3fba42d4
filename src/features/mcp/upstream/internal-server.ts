import type { JsonObject, JsonValue } from '#foundation/json';
import type { McpCaller } from '../caller.ts';
import { type Answer, ERROR_CODES, errorAnswer, parseMessage, responseMessage } from '../json-rpc.ts';
import { NEWEST_REVISION } from '../revision.ts';
import type { OpenTransport } from './transport.ts';

/** A server that runs inside this process; it is governed like any other and acts with the rights of its caller. */
export type InternalServer = {
  readonly version: string;
  /** As in the answer to `initialize`. */
  readonly capabilities: JsonObject;
  /** Answers one request; the caller is the one whose call was allowed. */
  handle(method: string, params: JsonObject, caller: McpCaller): Promise<Answer>;
};

export function internalTransport(name: string, server: InternalServer): OpenTransport {
  return async (events) => {
    const reply = (value: JsonValue) => events.message(value, null);
    return {
      pid: null,
      async send(value, { caller }) {
        const message = parseMessage(value);
        if (message.kind !== 'request') return;
        if (message.method === 'initialize') {
          const { capabilities, version } = server;
          const result = { protocolVersion: NEWEST_REVISION, capabilities, serverInfo: { name, version } };
          return reply(responseMessage(message.id, { result }));
        }
        const answer = await answerFor(server, message.method, message.params, caller);
        reply(responseMessage(message.id, answer));
      },
      initialized: () => {},
      close: async () => events.closed('was closed'),
    };
  };
}

async function answerFor(
  server: InternalServer,
  method: string,
  params: JsonObject,
  caller: McpCaller | null,
): Promise<Answer> {
  if (caller === null) return errorAnswer(ERROR_CODES.internalError, 'a request without a caller');
  return server.handle(method, params, caller);
}
