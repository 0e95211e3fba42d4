import type { Stop } from '#features/gateway/conversation/answer';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { ModelError } from '#features/gateway/conversation/model-error';
import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJsonPrecisely,
  parseTrustedJson,
  stringMember,
} from '#foundation/json';
import type { AnswerStreamReader, Target } from '../dialect.ts';
import { errorObject, modelErrorOf } from './errors.ts';
import { namesSources, webSearchesOf } from './grounding.ts';
import { generationOf } from './model-generation.ts';
import { contentParts, firstCandidate } from './read-answer.ts';
import { blockedPrompt, stopOf } from './stop.ts';
import { createStreamParts } from './stream-parts.ts';
import { readUsage } from './usage.ts';

const EVENT_CHARACTERS_MAX = 67_108_864;

/** Usage and the reason of the end may come with any chunk, and again: the last ones count, at the end of the stream. */
export function createStreamReader(emit: (event: AnswerEvent) => void, from: Target): AnswerStreamReader {
  const parts = createStreamParts(emit, from);
  let hasStarted = false;
  let isOver = false;
  let finishReason: string | undefined;
  let finishMessage: string | undefined;
  let blocked: Stop | undefined;
  let usage: TokenUsage = NO_USAGE;
  let webSearches = 0;
  /** The last candidate that names sources; they are those of the whole text. */
  let grounded: JsonObject | undefined;

  function start(chunk: JsonObject): void {
    hasStarted = true;
    const id = stringMember(chunk, 'responseId') ?? null;
    parts.responseId = id ?? '';
    emit({ type: 'start', id, model: stringMember(chunk, 'modelVersion') ?? null });
  }

  function readChunk(chunk: JsonObject): void {
    if (!hasStarted) start(chunk);
    if (isJsonObject(chunk.usageMetadata)) {
      usage = readUsage(chunk.usageMetadata);
      emit({ type: 'usage', usage });
    }
    const candidate = firstCandidate(chunk);
    if (candidate === undefined) blocked = blockedPrompt(chunk) ?? blocked;
    else readCandidate(candidate);
  }

  function readCandidate(candidate: JsonObject): void {
    for (const part of contentParts(candidate)) parts.read(part);
    if (namesSources(candidate)) grounded = candidate;
    if (candidate.groundingMetadata !== undefined) {
      webSearches = Math.max(webSearches, webSearchesOf(candidate, generationOf(from.model).isThird));
    }
    finishReason = stringMember(candidate, 'finishReason') ?? finishReason;
    finishMessage = stringMember(candidate, 'finishMessage') ?? finishMessage;
  }

  function finish(stop: Stop): void {
    isOver = true;
    if (grounded !== undefined) parts.cite(grounded);
    parts.closeAll();
    emit({ type: 'finish', stop, usage: { ...usage, webSearches } });
  }

  function fail(error: ModelError): void {
    isOver = true;
    if (!hasStarted) emit({ type: 'start', id: null, model: null });
    emit({ type: 'error', error });
  }

  function read(body: JsonValue): void {
    const error = errorObject(body);
    if (error !== undefined) {
      fail(modelErrorOf(error));
      return;
    }
    for (const chunk of Array.isArray(body) ? body : [body]) if (isJsonObject(chunk)) readChunk(chunk);
  }

  return {
    event(_name, data) {
      if (isOver || data === '' || data === '[DONE]') return;
      try {
        if (data.length > EVENT_CHARACTERS_MAX) fail(broken('the upstream sent an event that is too long'));
        // Only arguments have numbers that somebody may count more exactly than we do.
        else read(data.includes('"functionCall"') ? parseJsonPrecisely(data) : parseTrustedJson(data));
      } catch {
        fail(broken('the upstream sent an event that cannot be read'));
      }
    },
    end() {
      if (isOver) return;
      if (finishReason !== undefined) finish(stopOf(finishReason, finishMessage, parts.calls > 0));
      else if (blocked !== undefined) finish(blocked);
      else fail(broken('the upstream closed its stream before the answer was complete'));
    },
  };
}

function broken(message: string): ModelError {
  return { kind: 'server', status: 500, message, code: null, param: null, retryAfterMs: null };
}
