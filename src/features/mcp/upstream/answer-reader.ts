import { createParser } from 'eventsource-parser';
import { OperatingError } from '#foundation/errors';
import { type JsonValue, parseJsonBytes, parseJsonText } from '#foundation/json';
import { MCP_LIMITS } from '../limits.ts';

/** Turns the body of an HTTP answer into messages as it arrives; both methods throw `upstream` on what they cannot. */
export type AnswerReader = {
  push(chunk: Buffer): void;
  end(): void;
};

export type AnswerEvents = {
  message(value: JsonValue): void;
  /** The id of an event, by which a broken stream can be taken up again. */
  eventId(id: string): void;
  retry(delayMs: number): void;
};

/** Undefined for a content type that carries no messages. */
export function answerReader(contentType: string | undefined, events: AnswerEvents): AnswerReader | undefined {
  const essence = contentType?.split(';')[0]?.trim().toLowerCase();
  if (essence === 'text/event-stream') return eventReader(events);
  if (essence === 'application/json') return jsonReader(events);
  return undefined;
}

function jsonReader(events: AnswerEvents): AnswerReader {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > MCP_LIMITS.messageBytesMax) throw tooLarge();
      chunks.push(chunk);
    },
    end: () => events.message(readable(() => parseJsonBytes(Buffer.concat(chunks)))),
  };
}

function eventReader(events: AnswerEvents): AnswerReader {
  const decoder = new TextDecoder('utf-8');
  let overflown = false;
  const parser = createParser({
    maxBufferSize: MCP_LIMITS.messageBytesMax,
    onId: events.eventId,
    onRetry: events.retry,
    onEvent({ event, data }) {
      // An event without data only carries an id (MCP 2025-11-25, transports: priming event).
      if (data !== '' && (event === undefined || event === 'message')) {
        events.message(readable(() => parseJsonText(data)));
      }
    },
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') overflown = true;
    },
  });
  return {
    push(chunk) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (overflown) throw tooLarge();
    },
    end: () => {},
  };
}

function readable(parse: () => JsonValue): JsonValue {
  try {
    return parse();
  } catch (cause) {
    throw new OperatingError('upstream', 'mcp_upstream_garbled', 'the MCP server answered with malformed JSON', {
      cause,
    });
  }
}

function tooLarge(): OperatingError {
  const text = `the MCP server sent a message of more than ${MCP_LIMITS.messageBytesMax} bytes`;
  return new OperatingError('upstream', 'mcp_upstream_too_large', text);
}
