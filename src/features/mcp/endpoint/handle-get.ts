import type { Reply } from '#foundation/http/exchange';
import type { Clock } from '#foundation/time';
import type { McpCaller } from '../caller.ts';
import { isRevision, unsupportedRevisionAnswer } from '../revision.ts';
import { acceptedForms } from './accept.ts';
import type { ClientSessions } from './client-sessions.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { findSession } from './find-session.ts';
import type { Post } from './handle-post.ts';
import { invalidRequest, rpcReply } from './rpc-reply.ts';

/** Opens the stream over which a client hears what its upstream says by itself; a newer stream replaces an older. */
export function handleGet(deps: { sessions: ClientSessions; clock: Clock }, get: Post): Reply | undefined {
  const { exchange, caller } = get;
  const version = exchange.headers['mcp-protocol-version'];
  if (version !== undefined && !isRevision(version)) return rpcReply(400, unsupportedRevisionAnswer(String(version)));
  if (!acceptedForms(exchange.headers).events) return invalidRequest(406, 'Accept must name text/event-stream');
  const session = findSession(deps.sessions, get);
  if ('status' in session) return session;
  session.stream?.end();
  const stopExpiry = endWithCredential(deps.clock, caller, () => stream.end());
  const stream: EventStream = openEventStream(exchange.response, {
    headers: {},
    clock: deps.clock,
    onClose() {
      stopExpiry();
      if (session.stream === stream) session.stream = undefined;
    },
  });
  session.stream = stream;
  exchange.aborted.addEventListener('abort', () => stream.end(), { once: true });
  return undefined;
}

/** A stream must not outlive the credential that opened it; the client comes back with a new one. */
function endWithCredential(clock: Clock, caller: McpCaller, end: () => void): () => void {
  const { expiresAtMs } = caller.principal.credential;
  const leftMs = expiresAtMs === null ? STREAM_MS_MAX : expiresAtMs - clock.nowMs();
  return clock.after(Math.min(Math.max(leftMs, 0), STREAM_MS_MAX), end);
}

const STREAM_MS_MAX = 3_600_000;
