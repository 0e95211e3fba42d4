import type { IncomingHttpHeaders } from 'node:http';
import { OperatingError } from '#foundation/errors';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamFlight } from '#foundation/http/upstream-flight';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { AnswerReader } from './answer-reader.ts';

/** One request to an HTTP upstream, whose answer is read as it comes. */
export type HttpExchange = {
  /** Resolves at the end of the answer; rejects with what went wrong on the way or in `onHead`. */
  readonly done: Promise<void>;
  abort(): void;
};

/** `onHead` looks at the head and answers who reads the body; undefined lets it pass unread; it may throw. */
export function startHttpExchange(
  client: UpstreamClient,
  request: UpstreamRequest,
  onHead: (status: number, headers: IncomingHttpHeaders) => AnswerReader | undefined,
): HttpExchange {
  const done = Promise.withResolvers<void>();
  let reader: AnswerReader | undefined;
  let flight: UpstreamFlight | undefined;
  let failed = false;

  function attempt(action: () => void): void {
    if (failed) return;
    try {
      action();
    } catch (error) {
      failed = true;
      done.reject(error);
      flight?.abort();
    }
  }

  flight = client.open(request, {
    onHead: (status, headers) =>
      attempt(() => {
        reader = onHead(status, headers);
      }),
    onData(chunk) {
      attempt(() => reader?.push(chunk));
      return true;
    },
    onEnd: () =>
      attempt(() => {
        reader?.end();
        done.resolve();
      }),
    onError: (error) => done.reject(error),
  });
  if (failed) flight.abort();
  return { done: done.promise, abort: flight.abort };
}

/** Refuses what is no answer of an MCP server; a redirect could lead our credential elsewhere. */
export function requireAnswer(status: number, origin: string): void {
  if (status >= 200 && status < 300) return;
  if (status === 401 || status === 403) {
    throw new OperatingError(
      'upstream',
      'mcp_upstream_credential',
      `${origin} refused our credential (HTTP ${status})`,
      {
        remedy: 'have an administrator check the headers of this MCP server and the secrets that they name',
      },
    );
  }
  const what = status >= 300 && status < 400 ? 'a redirect, which is not followed' : 'an error';
  throw new OperatingError('upstream', 'mcp_upstream_status', `${origin} answered with ${what} (HTTP ${status})`);
}
