import { OperatingError } from '#foundation/errors';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import { isJsonObject, type JsonValue } from '#foundation/json';
import type { Clock } from '#foundation/time';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { HttpDefinition } from '../config.ts';
import { MCP_LIMITS } from '../limits.ts';
import { answerReader } from './answer-reader.ts';
import { type HttpExchange, requireAnswer, startHttpExchange } from './http-exchange.ts';
import type { TransportEvents } from './transport.ts';
import { upstreamHeaders } from './upstream-headers.ts';

export type HttpTransportDeps = {
  readonly client: UpstreamClient;
  readonly secrets: SecretSource;
  readonly clock: Clock;
};

/** How far a stream has been read, so that it can be taken up again. */
export type Cursor = { answered: boolean; heard: boolean; lastEventId: string | undefined; retryMs: number };

export function newCursor(): Cursor {
  return { answered: false, heard: false, lastEventId: undefined, retryMs: MCP_LIMITS.resumeDelayMs };
}

/** The requests of one session with an HTTP upstream: its id, its revision and our headers on each of them. */
export type HttpSession = {
  /** Whether the upstream has given the session an id. */
  readonly named: boolean;
  request(method: 'GET' | 'POST' | 'DELETE', headers: Record<string, string>, body: Buffer | null): UpstreamRequest;
  /** Sends one request and reads its answer; `cursor` notes whether the awaited message was among it. */
  exchange(request: UpstreamRequest, relatedId: number | null, cursor: Cursor): HttpExchange;
  negotiated(revision: string): void;
};

/** The session has ended at the upstream: the request that met this was not looked at and can be sent over a new one. */
export const SESSION_LOST = 'mcp_upstream_session_lost';

export function createHttpSession(
  definition: HttpDefinition,
  deps: HttpTransportDeps,
  events: TransportEvents,
): HttpSession {
  const url = new URL(definition.config.url);
  let session: string | undefined;
  let revision: string | undefined;

  return {
    get named() {
      return session !== undefined;
    },
    request: (method, headers, body) => ({
      method,
      origin: url.origin,
      path: url.pathname + url.search,
      headers: {
        ...upstreamHeaders(definition, deps.secrets),
        'accept-encoding': 'identity',
        ...headers,
        ...(session === undefined ? {} : { 'mcp-session-id': session }),
        ...(revision === undefined ? {} : { 'mcp-protocol-version': revision }),
      },
      body,
      timeouts: method === 'GET' ? LISTENING : callTimeouts(definition),
    }),
    exchange: (request, relatedId, cursor) =>
      startHttpExchange(deps.client, request, (status, headers) => {
        if (status === 404 && session !== undefined) throw sessionLost(definition.name);
        requireAnswer(status, url.origin);
        const given = headers['mcp-session-id'];
        if (typeof given === 'string' && revision === undefined) session ??= given;
        return answerReader(headers['content-type'], {
          message(value) {
            cursor.heard = true;
            cursor.answered ||= answers(value, relatedId);
            events.message(value, relatedId);
          },
          eventId(id) {
            cursor.lastEventId = id;
          },
          retry(delayMs) {
            cursor.retryMs = Math.min(Math.max(delayMs, 1), MCP_LIMITS.backoffMaxMs);
          },
        });
      }),
    negotiated(spoken) {
      revision = spoken;
    },
  };
}

const DAY_MS = 86_400_000;
const LISTENING = { firstByteMs: 30_000, idleMs: DAY_MS, totalMs: DAY_MS } as const;

function callTimeouts({ config }: HttpDefinition): UpstreamRequest['timeouts'] {
  const { call_timeout_ms: callMs } = config;
  return { firstByteMs: callMs, idleMs: callMs, totalMs: callMs };
}

function answers(value: JsonValue, requestId: number | null): boolean {
  if (Array.isArray(value)) return value.some((item) => answers(item, requestId));
  return isJsonObject(value) && value.method === undefined && value.id === requestId;
}

function sessionLost(server: string): OperatingError {
  return new OperatingError('upstream', SESSION_LOST, `the MCP server ${server} has ended its session`, {
    remedy: 'call again',
  });
}
