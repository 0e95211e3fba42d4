import type { Reply } from '#foundation/http/exchange';
import { type Answer, ERROR_CODES, errorAnswer, type JsonRpcId, responseMessage } from '../json-rpc.ts';

/** A JSON-RPC answer with a status of its own, for what goes wrong before there is a request to answer. */
export function rpcReply(status: number, answer: Answer, id: JsonRpcId | null = null): Reply {
  return { status, json: responseMessage(id, answer) };
}

export function invalidRequest(status: number, problem: string, id: JsonRpcId | null = null): Reply {
  return rpcReply(status, errorAnswer(ERROR_CODES.invalidRequest, problem), id);
}

/** MCP 2025-11-25, transports: 404 tells a client to initialise anew. Whose session it is, if any, is not told. */
export function sessionNotFound(): Reply {
  return rpcReply(404, errorAnswer(ERROR_CODES.sessionNotFound, 'Session not found; initialize again'));
}
