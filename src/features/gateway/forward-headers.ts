import type { IncomingHttpHeaders } from 'node:http';
import { connectionOptions, HOP_BY_HOP_HEADERS } from '#foundation/http/hop-by-hop';

const ANTHROPIC_VERSION = '2023-06-01';

/**
 * What goes on to an Anthropic upstream: the protocol's own headers as the client sent them, and nothing that says
 * who the client is. An allow-list, so a header that is invented tomorrow stays here.
 */
export function requestHeaders(received: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {
    'anthropic-version': ANTHROPIC_VERSION,
    'content-type': 'application/json',
    accept: 'application/json',
    // The answer is read along beside the relay, so it is asked for in plain.
    'accept-encoding': 'identity',
    'user-agent': 'systemprompt',
  };
  const ofConnection = connectionOptions(received);
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || ofConnection.has(name)) continue;
    if (name.startsWith('anthropic-') || name === 'content-type' || name === 'accept') {
      headers[name] = typeof value === 'string' ? value : value.join(', ');
    }
  }
  return headers;
}

/** Headers of an answer that are the upstream's own business, or ours. */
const WITHHELD_HEADERS = new Set([
  ...HOP_BY_HOP_HEADERS,
  // Of a session between the upstream and us; another client must not get it.
  'set-cookie',
  'set-cookie2',
  // Would lead the client past us, with its credential.
  'alt-svc',
  'location',
  'refresh',
  'strict-transport-security',
  'clear-site-data',
  'nel',
  'report-to',
  'date',
  'server',
  'via',
  'traceparent',
  'tracestate',
  'anthropic-organization-id',
]);

/** Limits of the shared upstream key are no client's limits, and CORS is ours to decide. */
const WITHHELD_PREFIXES = ['anthropic-ratelimit-', 'access-control-', 'x-systemprompt-'];

/** What comes back to the client of an upstream's headers; body and encoding stay as they are, so their headers do. */
export function responseHeaders(received: IncomingHttpHeaders, keepLength: boolean): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const ofConnection = connectionOptions(received);
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || WITHHELD_HEADERS.has(name) || ofConnection.has(name)) continue;
    if (WITHHELD_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    if (name === 'content-length' && !keepLength) continue;
    headers[name] = value;
  }
  return headers;
}
