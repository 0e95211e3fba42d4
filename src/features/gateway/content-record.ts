import { isJsonObject, type JsonObject, type JsonValue, mapStrings, valueAtPath } from '#foundation/json';
import type { ModelRequestEffect } from '#governance/audit/record';
import type { ContentMode } from './config.ts';
import { toolUsesOf } from './content-blocks.ts';
import type { TappedMessage } from './message-tap.ts';
import { type ModelRequest, newTurns } from './model-request.ts';
import type { PayloadCapture } from './payload-capture.ts';
import { type Redact, redactedAnswer, redactedBody } from './redacted-content.ts';

export type RecordedContent = Pick<ModelRequestEffect, 'messages' | 'tool_calls' | 'payload'>;

export type ContentSources = {
  readonly mode: ContentMode;
  readonly request: ModelRequest;
  readonly message: TappedMessage;
  readonly requestPayload: PayloadCapture;
  readonly responsePayload: PayloadCapture;
  readonly redact: Redact;
  /** For what the pipeline has looked through already. */
  readonly redactJudged: Redact;
};

type RoleAndContent = { readonly role: string; readonly content: JsonValue };

/** A conversation as it may be written down; the texts are those of the two bodies. */
type Contents = {
  readonly asked: readonly RoleAndContent[];
  readonly answered: readonly JsonValue[];
  readonly requestText: string | null;
  readonly responseText: string | null;
};

const STRING_CHARACTERS_MAX = 65_536;
const CONTENT_CHARACTERS_MAX = 262_144;

/** What is written down of a conversation: what was new in the request, and the answer, as the route's mode says. */
export function recordContent(sources: ContentSources): RecordedContent {
  const { mode, message, requestPayload, responsePayload, redact } = sources;
  if (mode === 'none' || mode === 'metadata') return withoutContent(sources);
  const { asked, answered, requestText, responseText } =
    mode === 'full' ? contentsOf(sources) : redactedContents(sources);
  const isAsReceived = answered === message.blocks;
  return {
    messages: [...asked, ...spoken(answered)].map(({ role, content }) => ({ role, content: bounded(content) })),
    // The ids stay as they are: they link a tool use to its execution.
    tool_calls: toolUsesOf(message.blocks).map((use) => ({
      ...use,
      input: bounded(isAsReceived ? use.input : redact(use.input)),
    })),
    payload: { request: requestPayload.column(requestText), response: responsePayload.column(responseText) },
  };
}

function withoutContent({ mode, request, message, requestPayload, responsePayload }: ContentSources): RecordedContent {
  const tool_calls = toolUsesOf(message.blocks).map((use) => ({ ...use, input: null }));
  if (mode === 'none') return { messages: [], tool_calls, payload: null };
  return {
    messages: [...newMessages(request, request.body), ...spoken(message.blocks)].map(({ role, content }) => ({
      role,
      content: shapeOf(content),
    })),
    tool_calls,
    payload: { request: requestPayload.column(null), response: responsePayload.column(null) },
  };
}

function contentsOf({ request, message, requestPayload, responsePayload }: ContentSources): Contents {
  return {
    asked: newMessages(request, request.body),
    answered: message.blocks,
    requestText: requestPayload.kept().text,
    responseText: responsePayload.kept().text,
  };
}

/** Every text is searched once, though it stands in the messages and in a body. */
function redactedContents(sources: ContentSources): Contents {
  const { request, message, requestPayload, responsePayload, redact, redactJudged } = sources;
  const sent = redactedBody(requestPayload.kept(), request.body, redact);
  const answer = redactedAnswer(responsePayload.kept(), message, redact);
  return {
    asked: sent === undefined ? redactedMessages(request, redactJudged) : newMessages(request, sent.body),
    answered: answer.blocks,
    requestText: sent?.text ?? null,
    responseText: answer.text,
  };
}

/** What the model has not answered yet, as it stands in `body`: the request's own, or the same with things replaced. */
function newMessages(request: ModelRequest, body: JsonObject): readonly RoleAndContent[] {
  return newTurns(request).map(({ role, path }) => ({ role, content: valueAtPath(body, path) ?? null }));
}

function redactedMessages(request: ModelRequest, redact: Redact): readonly RoleAndContent[] {
  return newMessages(request, request.body).map(({ role, content }) => ({ role, content: redact(content) }));
}

function spoken(blocks: readonly JsonValue[]): readonly RoleAndContent[] {
  return blocks.length === 0 ? [] : [{ role: 'assistant', content: blocks }];
}

/** Long strings cut to their ends, and content that is long all the same to its beginning. */
function bounded(value: JsonValue): JsonValue {
  // No string is longer than the whole text.
  if (JSON.stringify(value).length <= STRING_CHARACTERS_MAX) return value;
  const cut = mapStrings(value, (text) => {
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
