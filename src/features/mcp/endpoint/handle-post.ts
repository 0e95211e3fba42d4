import { messageOf } from '#foundation/errors';
import type { Exchange, Reply } from '#foundation/http/exchange';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonBytes } from '#foundation/json';
import { answerError } from '../answer-error.ts';
import type { McpCaller } from '../caller.ts';
import type { ServerDefinition } from '../config.ts';
import {
  ERROR_CODES,
  errorAnswer,
  type JsonRpcId,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
  responseMessage,
} from '../json-rpc.ts';
import { MCP_LIMITS } from '../limits.ts';
import { hasBatches, unsupportedRevision, unsupportedRevisionAnswer } from '../revision.ts';
import { acceptedForms, isJsonBody } from './accept.ts';
import { type AnswerRequestDeps, answerRequest } from './answer-request.ts';
import type { ClientSession } from './client-session.ts';
import { findSession } from './find-session.ts';
import { hearNotification, hearResponse } from './hear-client.ts';
import { type InitializeDeps, initialize } from './initialize.ts';
import { createPostAnswer } from './post-answer.ts';
import { invalidRequest, rpcReply } from './rpc-reply.ts';

export type PostDeps = InitializeDeps & AnswerRequestDeps;

/** One POST of an authenticated caller to one server. */
export type Post = {
  readonly exchange: Exchange;
  readonly caller: McpCaller;
  readonly definition: ServerDefinition;
};

/** One message of a client, or in revision 2025-03-26 a batch of them. */
export async function handlePost(deps: PostDeps, post: Post): Promise<Reply | undefined> {
  const { headers } = post.exchange;
  if (!isJsonBody(headers)) return invalidRequest(415, 'Content-Type must be application/json');
  const accepted = acceptedForms(headers);
  if (!accepted.json && !accepted.events) {
    return invalidRequest(406, 'Accept must name application/json and text/event-stream');
  }
  let body: JsonValue;
  try {
    body = parseJsonBytes(post.exchange.body);
  } catch (error) {
    return rpcReply(400, errorAnswer(ERROR_CODES.parseError, `Parse error: ${messageOf(error)}`));
  }
  const message = Array.isArray(body) ? undefined : parseMessage(body);
  const unsupported = unsupportedRevision(headers['mcp-protocol-version'], methodOf(message), paramsOf(body));
  if (unsupported !== undefined) return rpcReply(400, unsupportedRevisionAnswer(unsupported), idOf(message));
  if (message === undefined) return handleBatch(deps, post, Array.isArray(body) ? body : []);
  if (message.kind === 'invalid') return invalidRequest(400, message.problem, message.id);
  if (message.kind === 'request' && message.method === 'initialize') return handleInitialize(deps, post, message);
  const session = findSession(deps.sessions, post);
  if ('status' in session) return session;
  return handleMessages(deps, post, session, [message], false);
}

function handleInitialize(deps: PostDeps, post: Post, { id, params }: JsonRpcRequest): Reply | undefined {
  const { exchange, caller, definition } = post;
  if (exchange.headers['mcp-session-id'] !== undefined) {
    return invalidRequest(400, 'initialize opens a session and cannot be part of one', id);
  }
  try {
    const { answer, session } = initialize(deps, definition, caller, params);
    const headers: Record<string, string> = session === undefined ? {} : { 'mcp-session-id': session.id };
    const reply = createPostAnswer(exchange, acceptedForms(exchange.headers), headers, deps.clock);
    return reply.finish([responseMessage(id, answer)], false);
  } catch (error) {
    return rpcReply(429, answerError(error, exchange.requestId), id);
  }
}

async function handleBatch(deps: PostDeps, post: Post, body: readonly JsonValue[]): Promise<Reply | undefined> {
  const session = findSession(deps.sessions, post);
  if ('status' in session) return session;
  if (!hasBatches(session.revision)) {
    return invalidRequest(400, `batches are not part of revision ${session.revision}; send one message at a time`);
  }
  if (body.length === 0 || body.length > MCP_LIMITS.batchMessagesMax) {
    return invalidRequest(400, `a batch holds 1 to ${MCP_LIMITS.batchMessagesMax} messages`);
  }
  const messages = body.map(parseMessage);
  if (messages.some((message) => methodOf(message) === 'initialize')) {
    return invalidRequest(400, 'initialize cannot be part of a batch');
  }
  return handleMessages(deps, post, session, messages, true);
}

async function handleMessages(
  deps: PostDeps,
  post: Post,
  session: ClientSession,
  messages: readonly JsonRpcMessage[],
  isBatch: boolean,
): Promise<Reply | undefined> {
  const { exchange, caller, definition } = post;
  for (const message of messages) {
    if (message.kind === 'notification') hearNotification(deps.pool, session, message);
    if (message.kind === 'response') hearResponse(session, message);
  }
  const awaited = messages.filter((message) => message.kind === 'request' || message.kind === 'invalid');
  if (awaited.length === 0) return { status: 202, body: '' };
  const answer = createPostAnswer(exchange, acceptedForms(exchange.headers), {}, deps.clock);
  const responses = await Promise.all(
    awaited.map((message, index) => {
      if (message.kind === 'invalid') {
        return responseMessage(message.id, errorAnswer(ERROR_CODES.invalidRequest, message.problem));
      }
      const requestId = index === 0 ? exchange.requestId : `${exchange.requestId}-${index + 1}`;
      return answerRequest(deps, { definition, session, caller, requestId, post: answer }, message);
    }),
  );
  return answer.finish(
    responses.filter((response) => response !== undefined),
    isBatch,
  );
}

function methodOf(message: JsonRpcMessage | undefined): string | undefined {
  return message?.kind === 'request' || message?.kind === 'notification' ? message.method : undefined;
}

function idOf(message: JsonRpcMessage | undefined): JsonRpcId | null {
  return message?.kind === 'request' || message?.kind === 'invalid' ? message.id : null;
}

function paramsOf(body: JsonValue): JsonObject | undefined {
  return isJsonObject(body) && isJsonObject(body.params) ? body.params : undefined;
}
