import type { Reply } from '#foundation/http/exchange';
import type { ClientSession } from './client-session.ts';
import type { ClientSessions } from './client-sessions.ts';
import type { Post } from './handle-post.ts';
import { invalidRequest, sessionNotFound } from './rpc-reply.ts';

/** The caller's session at this server, or the reply that tells why there is none. */
export function findSession(sessions: ClientSessions, { exchange, caller, definition }: Post): ClientSession | Reply {
  const id = exchange.headers['mcp-session-id'];
  if (typeof id !== 'string') return invalidRequest(400, 'Mcp-Session-Id is required; initialize opens a session');
  return sessions.find(id, definition.name, caller) ?? sessionNotFound();
}
