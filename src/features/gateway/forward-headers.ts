import type { IncomingHttpHeaders } from 'node:http';
import { connectionOptions, HOP_BY_HOP_HEADERS } from '#foundation/http/hop-by-hop';
import type { Wire } from './config.ts';

const ANTHROPIC_VERSION = '2023-06-01';

/** The protocol's own headers; each list is open, so that what a provider invents tomorrow arrives there. */
const PROTOCOL_PREFIX: Readonly<Record<Wire, string>> = {
  anthropic: 'anthropic-',
  'openai-chat': 'openai-beta',
  'openai-responses': 'openai-beta',
  gemini: 'x-goog-',
};

/** Say who the client is, or what it pays with. */
const IDENTITY_HEADERS = new Set([
  'x-goog-api-client',
  'x-goog-api-key',
  'x-goog-user-project',
  'x-goog-authenticated-user-email',
  'x-goog-authenticated-user-id',
  'x-goog-iap-jwt-assertion',
  'x-goog-request-params',
]);

/**
 * What goes on to an upstream: the protocol's own headers as the client sent them, and nothing that says who the
 * client is. An allow-list, so a header of no protocol stays here.
 */
export function requestHeaders(received: IncomingHttpHeaders, wire: Wire): Record<string, string> {
  const headers: Record<string, string> = {
    ...(wire === 'anthropic' ? { 'anthropic-version': ANTHROPIC_VERSION } : {}),
    'content-type': 'application/json',
    accept: 'application/json',
    // The answer is read along beside the relay, so it is asked for in plain.
    'accept-encoding': 'identity',
    'user-agent': 'systemprompt',
  };
  const prefix = PROTOCOL_PREFIX[wire];
  const ofConnection = connectionOptions(received);
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || ofConnection.has(name) || IDENTITY_HEADERS.has(name)) continue;
    if (name.startsWith(prefix) || name === 'content-type' || name === 'accept') {
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
  'openai-organization',
  'openai-project',
]);

/** Limits of the shared upstream key are no client's limits, and CORS is ours to decide. */
const WITHHELD_PREFIXES = ['anthropic-ratelimit-', 'x-ratelimit-', 'access-control-', 'x-systemprompt-'];

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
