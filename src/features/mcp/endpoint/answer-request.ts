import { OperatingError } from '#foundation/errors';
import type { JsonObject } from '#foundation/json';
import type { Logger } from '#foundation/logging';
import { answerError } from '../answer-error.ts';
import type { McpCaller } from '../caller.ts';
import type { ServerDefinition } from '../config.ts';
import { type GovernedRequestDeps, governRequest } from '../governed/governed-request.ts';
import {
  type Answer,
  ERROR_CODES,
  errorAnswer,
  type JsonRpcRequest,
  notificationMessage,
  responseMessage,
} from '../json-rpc.ts';
import { MCP_LIMITS } from '../limits.ts';
import { findMethod, type MethodRow } from '../methods.ts';
import type { Slot } from '../upstream/server-upstreams.ts';
import { type ClientSession, type InFlight, inFlightKey } from './client-session.ts';
import type { PostAnswer } from './post-answer.ts';

export type AnswerRequestDeps = GovernedRequestDeps & {
  readonly slotFor: (definition: ServerDefinition, session: ClientSession) => Slot;
  readonly logger: Logger;
};

export type ClientRequest = {
  readonly definition: ServerDefinition;
  readonly session: ClientSession;
  readonly caller: McpCaller;
  readonly requestId: string;
  readonly post: PostAnswer;
};

/** The response to one request of an initialised client, or undefined when the client took the request back. */
export async function answerRequest(
  deps: AnswerRequestDeps,
  client: ClientRequest,
  request: JsonRpcRequest,
): Promise<JsonObject | undefined> {
  const { session, definition } = client;
  if (request.method === 'ping') return responseMessage(request.id, { result: {} });
  const row = findMethod(request.method);
  if (row === undefined || (row.needsOwnUpstream && definition.config.isolation !== 'session')) {
    return responseMessage(request.id, errorAnswer(ERROR_CODES.methodNotFound, `Method not found: ${request.method}`));
  }
  const key = inFlightKey(request.id);
  const problem = entryProblem(session, key);
  if (problem !== undefined) return responseMessage(request.id, problem);
  const inFlight: InFlight = {
    caller: client.caller,
    cancel: new AbortController(),
    emit: client.post.emit,
    upstreamId: null,
  };
  session.inFlight.set(key, inFlight);
  try {
    const answer = await governed(deps, client, request, row, inFlight);
    return inFlight.cancel.signal.aborted ? undefined : responseMessage(request.id, answer);
  } finally {
    session.inFlight.delete(key);
  }
}

function entryProblem(session: ClientSession, key: string): Answer | undefined {
  if (session.inFlight.has(key)) return errorAnswer(ERROR_CODES.invalidRequest, 'a request with this id is in flight');
  if (session.inFlight.size < MCP_LIMITS.sessionInFlightMax) return undefined;
  const text = `this session already has ${MCP_LIMITS.sessionInFlightMax} requests in flight`;
  return errorAnswer(ERROR_CODES.rateLimited, `${text}; wait for some of them to end`);
}

async function governed(
  deps: AnswerRequestDeps,
  client: ClientRequest,
  request: JsonRpcRequest,
  row: MethodRow,
  inFlight: InFlight,
): Promise<Answer> {
  const { definition, session, caller, requestId } = client;
  try {
    return await governRequest(deps, {
      definition,
      row,
      params: request.params,
      caller,
      requestId,
      slot: deps.slotFor(definition, session),
      signal: inFlight.cancel.signal,
      onProgress: (params) => {
        inFlight.emit(notificationMessage('notifications/progress', deps.known.object(params)), true);
      },
      onSent: (upstreamId) => {
        inFlight.upstreamId = upstreamId;
      },
    });
  } catch (error) {
    if (!(error instanceof OperatingError))
      deps.logger.error({ err: error, requestId }, 'MCP request failed unexpectedly');
    return answerError(error, requestId);
  }
}
