/**
 * The life of one request to an upstream: judged, recorded, and only then forwarded; its result judged before it is
 * seen; its outcome recorded before it is told. No child runs before the decision is durable.
 */
import { messageOf, OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject } from '#foundation/json';
import { truncate } from '#foundation/text';
import type { Clock } from '#foundation/time';
import type { Governed, Governor } from '#governance/governor';
import type { Call } from '#governance/policy/call';
import type { Decision } from '#governance/policy/decision';
import { applyRedactions } from '#governance/secret-scan/redact';
import type { McpCaller } from '../caller.ts';
import type { ServerDefinition } from '../config.ts';
import type { Answer } from '../json-rpc.ts';
import type { KnownValueFilter } from '../known-values.ts';
import type { MethodRow } from '../methods.ts';
import { toolExists, toolRefusal } from '../tool-access.ts';
import type { RequestOptions } from '../upstream/outgoing-requests.ts';
import { retryLostSession, untilOutOfUse } from '../upstream/retry-lost-session.ts';
import type { Slot } from '../upstream/server-upstreams.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import { denialAnswer, denialOf } from './denial.ts';
import { judgeResult } from './judged-result.ts';
import { emptyList, listAnswer } from './list-answer.ts';
import { type ReadCall, readCall } from './read-call.ts';
import { type CallEnding, toolCallEffect } from './tool-call-effect.ts';

export type GovernedRequest = {
  readonly definition: ServerDefinition;
  readonly row: MethodRow;
  readonly params: JsonObject;
  readonly caller: McpCaller;
  readonly requestId: string;
  readonly slot: Slot;
  readonly signal: AbortSignal;
  /** Called with progress, its token already the client's own. */
  readonly onProgress: (params: JsonObject) => void;
  /** Called with the id that the request has upstream, before it is sent. */
  readonly onSent: (upstreamId: number) => void;
};

export type GovernedRequestDeps = {
  readonly governor: Governor;
  readonly pool: UpstreamPool;
  readonly known: KnownValueFilter;
  readonly clock: Clock;
};

/** Resolves to what the client is told; rejects with an operating error when there is nothing but that to tell. */
export async function governRequest(deps: GovernedRequestDeps, request: GovernedRequest): Promise<Answer> {
  const { definition, row, requestId } = request;
  if (row.listMember !== null && lacksCapability(deps.pool, definition, row)) return emptyList(row.listMember);
  const read = readCall(definition.name, row, request.params);
  const call = callOf(request, read);
  if (row.method === 'tools/call' && !toolExists(definition.config.tools, read.subject)) {
    const decision = toolRefusal(definition.name, definition.config.tools, read.subject);
    await deps.governor.recordRefusal(call, decision, requestId);
    return denialAnswer(row, denialOf(decision, requestId), 'Denied');
  }
  const governed = await deps.governor.govern(call, requestId);
  if (governed.decision.outcome !== 'allow') {
    return denialAnswer(row, denialOf(governed.decision, requestId), 'Denied');
  }
  return carryOut(deps, request, read, call, governed);
}

/** Known only once the upstream has run under its present configuration; then the answer needs nothing of it. */
function lacksCapability(pool: UpstreamPool, definition: ServerDefinition, row: MethodRow): boolean {
  const identity = pool.identity(definition);
  return identity !== undefined && identity.capabilities[row.capability] === undefined;
}

function callOf(request: GovernedRequest, read: ReadCall): Call {
  return {
    kind: 'tool_call',
    principal: request.caller.principal,
    correlation: request.caller.correlation,
    toolName: read.toolName,
    server: request.definition.name,
    pluginId: null,
    agent: null,
    toolUseId: read.toolUseId,
    content: read.content,
    history: [],
    model: null,
  };
}

async function carryOut(
  deps: GovernedRequestDeps,
  request: GovernedRequest,
  read: ReadCall,
  call: Call,
  governed: Governed,
): Promise<Answer> {
  const { governor, clock } = deps;
  const startedMs = clock.monotonicMs();
  const params = redactedParams(read.params, governed.decision);
  const ending = await runToItsEnd(deps, request, read, call, params);
  await governor.close(call, governed, {
    status: ending.status,
    error: ending.error === null ? null : truncate(deps.known.text(ending.error), ERROR_CHARACTERS_MAX),
    latency_ms: clock.monotonicMs() - startedMs,
    effect: request.row.carriesData ? toolCallEffect(request, read, params, ending) : null,
  });
  if ('thrown' in ending) throw ending.thrown;
  return ending.answer;
}

const ERROR_CHARACTERS_MAX = 500;

function redactedParams(params: JsonObject, { redactions }: Decision): JsonObject {
  if (redactions.length === 0) return params;
  const redacted = applyRedactions({ params }, redactions);
  return isJsonObject(redacted) && isJsonObject(redacted.params) ? redacted.params : {};
}

/** Whatever comes of the call, as a value: its outcome must be recorded before it is told or thrown. */
async function runToItsEnd(
  deps: GovernedRequestDeps,
  request: GovernedRequest,
  read: ReadCall,
  call: Call,
  params: JsonObject,
): Promise<CallEnding> {
  const { row, requestId, definition } = request;
  let childPid: number | null = null;
  try {
    const answer = await forward(deps, request, read, params, (pid) => {
      childPid = pid;
    });
    const failure = 'error' in answer ? `${answer.error.code}: ${answer.error.message}` : null;
    const base = { status: failure === null ? 'completed' : 'failed', error: failure, childPid } as const;
    if (!row.carriesData) {
      return { ...base, answer: listAnswer(row, answer, definition.config, deps.known), output: null, isError: false };
    }
    const judged = await judgeResult(deps, row, call, requestId, answer);
    const isError = judged.withheld || 'error' in answer || answer.result.isError === true;
    return { ...base, answer: judged.answer, output: judged.recorded, isError };
  } catch (thrown) {
    const status = thrown instanceof OperatingError && thrown.kind === 'cancelled' ? 'cancelled' : 'failed';
    return { status, error: messageOf(thrown), thrown, output: null, isError: true, childPid };
  }
}

function forward(
  deps: GovernedRequestDeps,
  request: GovernedRequest,
  read: ReadCall,
  params: JsonObject,
  onChild: (pid: number | null) => void,
): Promise<Answer> {
  const { definition, row, slot, signal, caller, onSent } = request;
  const { progressToken } = read;
  const options: RequestOptions = {
    timeoutMs: definition.config.call_timeout_ms,
    caller,
    signal,
    onSent,
    ...(progressToken === null
      ? {}
      : { onProgress: (progress: JsonObject) => request.onProgress({ ...progress, progressToken }) }),
  };
  return retryLostSession(() =>
    deps.pool.use(definition, slot, async (connection) => {
      onChild(connection.pid);
      if (row.listMember !== null && connection.identity.capabilities[row.capability] === undefined) {
        return emptyList(row.listMember);
      }
      return untilOutOfUse(connection, connection.request(row.method, params, options));
    }),
  );
}
