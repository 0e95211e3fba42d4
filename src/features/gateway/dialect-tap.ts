import { isJsonObject, parseJsonBytes, stringMember } from '#foundation/json';
import { eventsOf } from './conversation/answer-events.ts';
import { type Collected, createAnswerCollector } from './conversation/collect-answer.ts';
import { RECORDED_STOP_REASONS, recordedBlocks } from './conversation/recorded-blocks.ts';
import { createToolNames } from './conversation/tool-names.ts';
import type { Dialect, Target } from './dialects/dialect.ts';
import { createEventStreamReader } from './event-stream-reader.ts';
import { type MessageTap, type TappedMessage, UNREAD_MESSAGE } from './message-tap.ts';

const EVENT_CHARACTERS_MAX = 4_194_304;
const WHOLE_BYTES_MAX = 33_554_432;
const KEPT_CHARACTERS_MAX = 262_144;

/** Reads along a stream of any dialect by that dialect's own reader. */
export function createDialectStreamTap(dialect: Dialect, keepContent: boolean): MessageTap {
  const collector = createAnswerCollector(keepContent ? KEPT_CHARACTERS_MAX : 0);
  const reader = dialect.createStreamReader((event) => collector.event(event), anyTarget());
  const events = createEventStreamReader((name, data) => reader.event(name, data), EVENT_CHARACTERS_MAX);
  return {
    push: (chunk) => events.push(chunk),
    result() {
      const told = collector.result().error;
      reader.end();
      const collected = collector.result();
      // A stream that only broke off has no error of the upstream's own.
      return tappedMessage(collected.stop === null ? { ...collected, error: told } : collected);
    },
    position: () => events.position(),
  };
}

/** Reads a whole answer of any dialect, once it is there. */
export function createDialectWholeTap(dialect: Dialect): MessageTap {
  return wholeTap((bytes) => wholeMessage(dialect, bytes));
}

/** Reads what an answer cost that says nothing in words. */
export function createUsageTap(dialect: Dialect): MessageTap {
  return wholeTap((bytes) => {
    const body = parseJsonBytes(bytes);
    if (!isJsonObject(body)) return UNREAD_MESSAGE;
    const model = stringMember(body, 'model') ?? null;
    return { ...UNREAD_MESSAGE, model, usage: dialect.readUsage(body.usage), isComplete: true };
  });
}

function wholeTap(read: (bytes: Buffer) => TappedMessage): MessageTap {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes <= WHOLE_BYTES_MAX) chunks.push(chunk);
    },
    result() {
      if (bytes > WHOLE_BYTES_MAX) return UNREAD_MESSAGE;
      try {
        return read(Buffer.concat(chunks));
      } catch {
        // What cannot be read along is relayed all the same.
        return UNREAD_MESSAGE;
      }
    },
    position: () => 'between_events',
  };
}

function wholeMessage(dialect: Dialect, bytes: Buffer): TappedMessage {
  const body = parseJsonBytes(bytes);
  const failed = Array.isArray(body) ? body[0] : body;
  if (isJsonObject(failed) && isJsonObject(failed.error)) {
    return { ...UNREAD_MESSAGE, error: dialect.readError(500, {}, bytes.toString('utf8')).message };
  }
  const collector = createAnswerCollector(KEPT_CHARACTERS_MAX);
  for (const event of eventsOf(dialect.readAnswer(body, anyTarget()))) collector.event(event);
  return tappedMessage(collector.result());
}

export function tappedMessage(collected: Collected): TappedMessage {
  return {
    model: collected.model,
    stopReason: collected.stop === null ? null : RECORDED_STOP_REASONS[collected.stop.reason],
    usage: collected.usage,
    blocks: recordedBlocks(collected.parts),
    error: collected.error?.message ?? null,
    isComplete: collected.stop !== null,
  };
}

/** Whoever only reads along needs no names translated. */
function anyTarget(): Target {
  return { model: '', provider: '', maxOutputTokens: null, maxReasoningTokens: null, toolNames: createToolNames() };
}
