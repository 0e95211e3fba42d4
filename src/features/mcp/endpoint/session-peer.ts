/**
 * The client's side of an upstream that belongs to one session: what the upstream asks or tells by itself goes to the
 * client, over the answer stream of the request that it belongs to, or over the client's GET stream.
 */

import type { IdSource } from '#foundation/ids';
import type { JsonObject } from '#foundation/json';
import type { Governor } from '#governance/governor';
import type { Call } from '#governance/policy/call';
import { type Answer, ERROR_CODES, errorAnswer, notificationMessage, requestMessage } from '../json-rpc.ts';
import type { KnownValueFilter } from '../known-values.ts';
import type { ConnectionPeer } from '../upstream/connection-peer.ts';
import type { ClientSession, InFlight } from './client-session.ts';

export type SessionPeerDeps = {
  readonly governor: Governor;
  readonly known: KnownValueFilter;
  readonly ids: IdSource;
};

/** The capability that a client must have declared before it may be asked. */
const ASKABLE: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
};

const TOLD: ReadonlySet<string> = new Set([
  'notifications/message',
  'notifications/tools/list_changed',
  'notifications/resources/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/updated',
  'notifications/elicitation/complete',
]);

export function sessionPeer(session: ClientSession, deps: SessionPeerDeps): ConnectionPeer {
  return {
    async request(method, params, relatedId, signal) {
      const capability = ASKABLE[method];
      if (capability === undefined || session.capabilities[capability] === undefined) {
        return errorAnswer(ERROR_CODES.methodNotFound, `the client does not answer ${method}`);
      }
      const call = callOf(session, method, relatedId);
      const requestId = `req_${deps.ids.uuid()}`;
      // Both ways carry data past the model: what the upstream asks, and what the client gives it.
      const asked = await refused(deps.governor, call, requestId, 'params', params);
      if (asked !== undefined) return asked;
      const answer = await session.waiting.ask((id) => {
        return deliver(session, requestMessage(id, method, params), relatedId, false);
      }, signal);
      if ('error' in answer) return answer;
      return (await refused(deps.governor, call, requestId, 'result', answer.result)) ?? answer;
    },
    notification(method, params, relatedId) {
      if (TOLD.has(method)) deliver(session, notificationMessage(method, deps.known.object(params)), relatedId, true);
    },
  };
}

function callOf(session: ClientSession, method: string, relatedId: number | null): Call {
  const { principal, correlation } = requestOf(session, relatedId)?.caller ?? session.caller;
  return {
    kind: 'result',
    principal,
    correlation,
    toolName: `mcp__${session.server}__${method}`,
    server: session.server,
    pluginId: null,
    agent: null,
    toolUseId: null,
    content: [],
    history: [],
    model: null,
  };
}

/** The error for the upstream when what would pass is not allowed as it stands. */
async function refused(
  governor: Governor,
  call: Call,
  requestId: string,
  place: 'params' | 'result',
  value: JsonObject,
): Promise<Answer | undefined> {
  const { decision } = await governor.govern({ ...call, content: [{ path: [place], value }] }, requestId);
  if (decision.outcome === 'allow' && decision.redactions.length === 0) return undefined;
  return errorAnswer(ERROR_CODES.denied, `denied by ${decision.policy}`);
}

/** Over standard output nobody says which request a message belongs to; the newest one is the likeliest. */
function requestOf(session: ClientSession, relatedId: number | null): InFlight | undefined {
  const requests = [...session.inFlight.values()];
  if (relatedId === null) return requests.at(-1);
  return requests.find(({ upstreamId }) => upstreamId === relatedId);
}

function deliver(session: ClientSession, message: JsonObject, relatedId: number | null, mayBeLost: boolean): boolean {
  if (requestOf(session, relatedId)?.emit(message, mayBeLost) === true) return true;
  return session.stream?.send(message, mayBeLost) ?? false;
}
