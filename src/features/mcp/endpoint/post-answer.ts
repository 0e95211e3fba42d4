import type { Exchange, Reply } from '#foundation/http/exchange';
import type { JsonObject } from '#foundation/json';
import type { Clock } from '#foundation/time';
import { MCP_LIMITS } from '../limits.ts';
import type { Accepted } from './accept.ts';
import { type EventStream, openEventStream } from './event-stream.ts';

/**
 * The answer to one POST. It is plain JSON when there is nothing but the responses to tell; it turns into an event
 * stream as soon as something else comes first, or nothing comes for long.
 */
export type PostAnswer = {
  /** Sends a message ahead of the responses; false when this client's POST cannot carry it. */
  emit(message: JsonObject, mayBeLost: boolean): boolean;
  /** Ends the answer: one response, several for a batch, or none when the client took its request back. */
  finish(responses: readonly JsonObject[], isBatch: boolean): Reply | undefined;
};

export function createPostAnswer(
  exchange: Exchange,
  accepted: Accepted,
  headers: Readonly<Record<string, string>>,
  clock: Clock,
): PostAnswer {
  let stream: EventStream | undefined;
  const stopWaiting = clock.after(MCP_LIMITS.quietMs, () => {
    if (accepted.events) begin();
  });

  function begin(): EventStream {
    stopWaiting();
    stream ??= openEventStream(exchange.response, { headers, clock });
    return stream;
  }

  return {
    emit: (message, mayBeLost) => accepted.events && !exchange.aborted.aborted && begin().send(message, mayBeLost),
    finish(responses, isBatch) {
      stopWaiting();
      if (stream === undefined && accepted.json && responses.length > 0) {
        return { status: 200, headers, json: isBatch ? responses : responses[0] };
      }
      if (stream === undefined && !accepted.events) return { status: 202, headers, body: '' };
      const events = begin();
      for (const response of responses) events.send(response, false);
      events.end();
      return undefined;
    },
  };
}
