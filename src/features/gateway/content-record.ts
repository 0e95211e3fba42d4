import { isJsonObject, type JsonValue, parseJsonText } from '#foundation/json';
import type { ModelRequestEffect } from '#governance/audit/record';
import type { ContentMode } from './config.ts';
import { toolUsesOf } from './content-blocks.ts';
import { indexOfNewTurn, type MessageRequest } from './message-request.ts';
import type { TappedMessage } from './message-tap.ts';
import type { KeptText, PayloadCapture } from './payload-capture.ts';

export type RecordedContent = Pick<ModelRequestEffect, 'messages' | 'tool_calls' | 'payload'>;

/** Replaces every credential in a text by its label; the same text when there is none. */
export type Redact = (text: string) => string;

export type ContentSources = {
  readonly mode: ContentMode;
  readonly request: MessageRequest;
  readonly message: TappedMessage;
  readonly requestPayload: PayloadCapture;
  readonly responsePayload: PayloadCapture;
  readonly redact: Redact;
};

const STRING_CHARACTERS_MAX = 65_536;
const CONTENT_CHARACTERS_MAX = 262_144;

/** What is written down of a conversation: what was new in the request, and the answer, as the route's mode says. */
export function recordContent(given: ContentSources): RecordedContent {
  const sources = { ...given, redact: remembering(given.redact) };
  const { mode, request, message } = sources;
  const toolUses = toolUsesOf(message.blocks);
  if (mode === 'none' || mode === 'metadata') {
    return {
      messages:
        mode === 'none'
          ? []
          : newMessages(request, message).map(({ role, content }) => ({ role, content: shapeOf(content) })),
      tool_calls: toolUses.map((use) => ({ ...use, input: null })),
      payload:
        mode === 'none'
          ? null
          : payloadOf(
              sources,
              () => null,
              () => null,
            ),
    };
  }
  const clean =
    mode === 'redacted' ? (value: JsonValue) => redactStrings(value, sources.redact) : (value: JsonValue) => value;
  return {
    messages: newMessages(request, message).map(({ role, content }) => ({ role, content: bounded(clean(content)) })),
    tool_calls: toolUses.map((use) => ({ ...use, input: bounded(clean(use.input)) })),
    payload:
      mode === 'full'
        ? payloadOf(
            sources,
            (kept) => kept.text,
            (kept) => kept.text,
          )
        : payloadOf(
            sources,
            (kept) => redactedJson(kept, sources.redact),
            (kept) => redactedAnswer(kept, message, sources.redact),
          ),
  };
}

/** New turns stand in the messages and in the payload; each text is searched once. */
function remembering(redact: Redact): Redact {
  const known = new Map<string, string>();
  return (text) => {
    let clean = known.get(text);
    if (clean === undefined) {
      clean = redact(text);
      known.set(text, clean);
    }
    return clean;
  };
}

function newMessages(request: MessageRequest, message: TappedMessage): readonly { role: string; content: JsonValue }[] {
  const messages: { role: string; content: JsonValue }[] = [];
  if (request.body.system !== undefined) messages.push({ role: 'system', content: request.body.system });
  for (const turn of request.turns.slice(indexOfNewTurn(request.turns))) {
    if (!isJsonObject(turn)) continue;
    messages.push({
      role: typeof turn.role === 'string' ? turn.role.slice(0, 64) : 'user',
      content: turn.content ?? null,
    });
  }
  if (message.blocks.length > 0) messages.push({ role: 'assistant', content: message.blocks });
  return messages;
}

function payloadOf(
  sources: ContentSources,
  requestText: (kept: KeptText) => string | null,
  responseText: (kept: KeptText) => string | null,
): ModelRequestEffect['payload'] {
  return {
    request: sources.requestPayload.column(requestText),
    response: sources.responsePayload.column(responseText),
  };
}

/**
 * Redacts a body by its strings, because escapes hide a credential from a search of the raw text. What cannot be
 * parsed, such as the two ends of a long body, is not kept: a credential at a cut could not be recognised.
 */
function redactedJson(kept: KeptText, redact: Redact): string | null {
  if (!kept.isWhole) return null;
  try {
    const body = parseJsonText(kept.text);
    const clean = redactStrings(body, redact);
    return clean === body ? kept.text : JSON.stringify(clean);
  } catch {
    return null;
  }
}

/** A stream cuts a credential into pieces, so its raw text is kept only when what it amounts to holds none. */
function redactedAnswer(kept: KeptText, message: TappedMessage, redact: Redact): string | null {
  if (!/^\s*(event|data|:)/.test(kept.text)) return redactedJson(kept, redact);
  const blocks: JsonValue = message.blocks;
  if (redactStrings(blocks, redact) === blocks && redact(kept.text) === kept.text)
    return kept.isWhole ? kept.text : null;
  return null;
}

/** The value with every string and key redacted; the very same value when nothing changed. */
export function redactStrings(value: JsonValue, redact: Redact): JsonValue {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => redactStrings(item, redact));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isJsonObject(value)) return value;
  let changed = false;
  const members = Object.entries(value).map(([key, member]) => {
    const next = [redact(key), member === undefined ? undefined : redactStrings(member, redact)] as const;
    changed ||= next[0] !== key || next[1] !== member;
    return next;
  });
  return changed ? Object.fromEntries(members) : value;
}

/** Long strings cut to their ends, and content that is long all the same to its beginning. */
function bounded(value: JsonValue): JsonValue {
  const cut = redactStrings(value, (text) => {
    if (text.length <= STRING_CHARACTERS_MAX) return text;
    return `${text.slice(0, 4_096)}[${text.length - 8_192} characters left out]${text.slice(-4_096)}`;
  });
  const text = JSON.stringify(cut);
  if (text.length <= CONTENT_CHARACTERS_MAX) return cut;
  return { truncated: true, characters: text.length, head: text.slice(0, 8_192) };
}

/** Kinds and sizes, and nothing of what is said. */
function shapeOf(content: JsonValue): JsonValue {
  if (typeof content === 'string') return [{ type: 'text', characters: content.length }];
  if (!Array.isArray(content)) return null;
  return content.map((block: JsonValue) => ({
    type: isJsonObject(block) && typeof block.type === 'string' ? block.type.slice(0, 64) : 'unknown',
    characters: JSON.stringify(block).length,
  }));
}
