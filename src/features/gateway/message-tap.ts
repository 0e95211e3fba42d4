import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  numberMember,
  parseJsonBytes,
  parseJsonText,
  parseTrustedJson,
  stringMember,
} from '#foundation/json';
import { createContentBlocks } from './content-blocks.ts';
import { createEventStreamReader, type StreamPosition } from './event-stream-reader.ts';
import { mergeUsage, NO_USAGE, readUsage, type TokenUsage } from './usage.ts';

/** What an answer said of itself, as far as it was read. */
export type TappedMessage = {
  readonly model: string | null;
  readonly stopReason: string | null;
  readonly usage: TokenUsage;
  /** In the shape of the Messages API, whatever the upstream speaks, so that records of all of them read alike. */
  readonly blocks: readonly JsonValue[];
  /** The answer as it was parsed, where it came whole; `blocks` is its content. */
  readonly body?: JsonObject;
  /** The upstream's own error, in its words. */
  readonly error: string | null;
  /** The answer came to its regular end: a whole message, or `message_stop`. */
  readonly isComplete: boolean;
};

/** Stands beside a relay and reads along; it never changes, delays or fails what it reads. */
export type MessageTap = {
  push(chunk: Buffer): void;
  /** Called once, when no more bytes come. */
  result(): TappedMessage;
  /** Where the stream stands between events; `between_events` for an answer that is none. */
  position(): StreamPosition;
};

const EVENT_CHARACTERS_MAX = 4_194_304;
const WHOLE_BYTES_MAX = 33_554_432;

/** For `text/event-stream`. Without `keepContent` the pieces of text are not even parsed. */
export function createStreamTap(keepContent: boolean): MessageTap {
  const content = createContentBlocks();
  let model: string | null = null;
  let stopReason: string | null = null;
  let usage: JsonObject = {};
  let error: string | null = null;
  let isComplete = false;
  const reader = createEventStreamReader(onEvent, EVENT_CHARACTERS_MAX);

  function onEvent(name: string, data: string): void {
    if (name === 'content_block_delta') {
      if (!keepContent) return;
      const plain = plainTextDelta(data);
      if (plain !== undefined) {
        content.append(plain.index, { type: 'text_delta', text: plain.text });
        return;
      }
    }
    const event = parsed(data, name === 'content_block_delta' ? parseTrustedJson : parseJsonText);
    switch (stringMember(event, 'type') ?? name) {
      case 'message_start':
        model = stringMember(event?.message, 'model') ?? null;
        usage = mergeUsage(usage, isJsonObject(event?.message) ? event.message.usage : undefined);
        break;
      case 'content_block_start':
        if (isJsonObject(event?.content_block)) content.start(indexOf(event), event.content_block);
        break;
      case 'content_block_delta':
        if (isJsonObject(event?.delta)) content.append(indexOf(event), event.delta);
        break;
      case 'message_delta':
        stopReason = stringMember(event?.delta, 'stop_reason') ?? stopReason;
        usage = mergeUsage(usage, event?.usage);
        break;
      case 'message_stop':
        isComplete = true;
        break;
      case 'error':
        error = errorText(event) ?? 'the upstream sent an error event';
        break;
    }
  }

  return {
    push: (chunk) => reader.push(chunk),
    result: () => ({ model, stopReason, usage: readUsage(usage), blocks: content.blocks(), error, isComplete }),
    position: () => reader.position(),
  };
}

/** For everything else: reads the body once it is whole. */
export function createWholeTap(): MessageTap {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes <= WHOLE_BYTES_MAX) chunks.push(chunk);
    },
    result: () => (bytes <= WHOLE_BYTES_MAX ? wholeMessage(Buffer.concat(chunks)) : UNREAD_MESSAGE),
    position: () => 'between_events',
  };
}

/** Nothing was read, because nothing came or because it was none of ours. */
export const UNREAD_MESSAGE: TappedMessage = {
  model: null,
  stopReason: null,
  usage: NO_USAGE,
  blocks: [],
  error: null,
  isComplete: false,
};

function wholeMessage(bytes: Buffer): TappedMessage {
  let body: JsonValue;
  try {
    body = parseJsonBytes(bytes);
  } catch {
    return UNREAD_MESSAGE;
  }
  if (!isJsonObject(body)) return UNREAD_MESSAGE;
  if (body.type === 'error')
    return { ...UNREAD_MESSAGE, error: errorText(body) ?? 'the upstream answered with an error' };
  return {
    model: stringMember(body, 'model') ?? null,
    stopReason: stringMember(body, 'stop_reason') ?? null,
    usage: readUsage(mergeUsage({}, body.usage)),
    blocks: Array.isArray(body.content) ? body.content : [],
    body,
    error: null,
    isComplete: true,
  };
}

/**
 * Deltas make up most of a stream and only strings are taken from them, so they are spared the scan for depth and
 * repeated keys that protects whoever walks the value.
 */
function parsed(data: string, parse: (text: string) => JsonValue): JsonObject | undefined {
  try {
    const value = parse(data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A delta that holds a piece of plain text and nothing else, as most of a stream does: read without a JSON parser. */
export function plainTextDelta(data: string): { readonly index: number; readonly text: string } | undefined {
  const match = PLAIN_TEXT_DELTA.exec(data);
  return match === null ? undefined : { index: Number(match[1]), text: match[2] ?? '' };
}

// Some upstreams pad the object with spaces. A backslash or a control character is the parser's business.
const PLAIN_TEXT_DELTA =
  /^\{"type":"content_block_delta","index":(\d{1,9}),"delta":\{"type":"text_delta","text":"([^"\\\p{Cc}]*)"\} *\}$/u;

function indexOf(event: JsonObject | undefined): number {
  return numberMember(event, 'index') ?? 0;
}

/** `overloaded_error: Overloaded`, from the error envelope. */
function errorText(envelope: JsonObject | undefined): string | undefined {
  const type = stringMember(envelope?.error, 'type');
  const message = stringMember(envelope?.error, 'message');
  if (type === undefined && message === undefined) return undefined;
  return [type, message]
    .filter((part) => part !== undefined)
    .join(': ')
    .slice(0, 1_000);
}
