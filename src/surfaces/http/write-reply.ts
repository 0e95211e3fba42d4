import type { ServerResponse } from 'node:http';
import type { Reply } from '#foundation/http/exchange';

/** Sends a whole answer with its length; nothing when the client is gone or the handler has answered already. */
export function writeReply(response: ServerResponse, reply: Reply, withBody: boolean): void {
  if (response.headersSent || response.destroyed) return;
  const body = 'json' in reply ? JSON.stringify(reply.json) : reply.body;
  const contentType = 'json' in reply ? 'application/json' : (reply.contentType ?? 'text/plain; charset=utf-8');
  const headers: Record<string, string | string[] | number> = {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
  };
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  response.writeHead(reply.status, headers);
  response.end(withBody ? body : undefined);
}
