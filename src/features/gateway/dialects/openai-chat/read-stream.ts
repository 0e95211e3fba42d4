import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { ModelError } from '#features/gateway/conversation/model-error';
import { mergeUsage, NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import { isJsonObject, type JsonObject, type JsonValue, parseTrustedJson, stringMember } from '#foundation/json';
import type { AnswerStreamReader, Target } from '../dialect.ts';
import { errorOf, toldError } from './errors.ts';
import { reportedUsage } from './read-answer.ts';
import { readStop } from './stop.ts';
import { createStreamParts, type StreamParts } from './stream-parts.ts';
import { readUsage, tierOf } from './usage.ts';

const EVENT_CHARACTERS_MAX = 67_108_864;

/**
 * Reads chunks until the upstream says that it is done, or closes the stream after a reason for the end: the usage comes
 * behind that reason, and some leave the last word out.
 */
export function createStreamReader(emit: (event: AnswerEvent) => void, from: Target): AnswerStreamReader {
  return new ChunkReader(emit, from);
}

class ChunkReader implements AnswerStreamReader {
  readonly #emit: (event: AnswerEvent) => void;
  readonly #parts: StreamParts;
  #hasStarted = false;
  #isOver = false;
  /** The last choice that told a reason for its end. */
  #ending: JsonObject | undefined;
  #reported: JsonObject = {};
  #usage: TokenUsage = NO_USAGE;
  #tier: string | null = null;

  constructor(emit: (event: AnswerEvent) => void, from: Target) {
    this.#emit = (event) => {
      if (this.#isOver) return;
      if (event.type === 'error') this.#isOver = true;
      emit(event);
    };
    this.#parts = createStreamParts(this.#emit, from);
  }

  event(name: string, data: string): void {
    if (this.#isOver || data === '') return;
    if (data.trimEnd() === '[DONE]') this.#finish();
    else if (data.length > EVENT_CHARACTERS_MAX) this.#fail(broken('the upstream sent an event that is too long'));
    else this.#read(name, parsed(data), data);
  }

  end(): void {
    if (this.#isOver) return;
    if (this.#ending !== undefined) this.#finish();
    else this.#fail(broken('the upstream closed the stream before the answer was complete'));
  }

  #read(name: string, body: JsonValue | undefined, data: string): void {
    const chunk = Array.isArray(body) ? body[0] : body;
    if (!isJsonObject(chunk)) {
      // A word between chunks is nobody's; a chunk that is torn is missing from the answer.
      if (name === 'error') this.#fail(broken(data.slice(0, 2_000)));
      else if (/^\s*[[{]/.test(data)) this.#fail(broken('the upstream sent an event that cannot be read'));
      return;
    }
    const error = name === 'error' ? (toldError(chunk) ?? chunk) : errorIn(chunk);
    if (error === undefined) this.#readChunk(chunk);
    else this.#fail(errorOf(error));
  }

  #readChunk(chunk: JsonObject): void {
    const choice = Array.isArray(chunk.choices) ? chunk.choices.find(isFirst) : undefined;
    this.#start(chunk, choice !== undefined);
    if (isJsonObject(choice)) {
      const delta = isJsonObject(choice.delta) ? choice.delta : choice.message;
      if (isJsonObject(delta)) this.#parts.read(delta);
      if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') this.#ending = choice;
    }
    const reported = reportedUsage(chunk, isJsonObject(choice) ? choice : undefined);
    this.#tier = tierOf(chunk) ?? this.#tier;
    if (reported !== undefined) this.#report(reported);
  }

  /** Azure begins with a chunk that has neither an id nor a choice. */
  #start(chunk: JsonObject, hasChoice: boolean): void {
    if (this.#hasStarted) return;
    const id = stringMember(chunk, 'id') ?? '';
    if (id === '' && !hasChoice) return;
    this.#hasStarted = true;
    this.#parts.answerId = id;
    const model = stringMember(chunk, 'model') ?? '';
    this.#emit({ type: 'start', id: id === '' ? null : id, model: model === '' ? null : model });
  }

  /** Running totals: a later one replaces an earlier one. */
  #report(reported: JsonObject): void {
    this.#reported = mergeUsage(this.#reported, reported);
    this.#usage = readUsage(this.#reported);
    if (this.#hasStarted) this.#emit({ type: 'usage', usage: this.#usage });
  }

  #finish(): void {
    if (!this.#hasStarted) {
      this.#fail(broken('the upstream ended the stream without an answer'));
      return;
    }
    this.#parts.closeAll();
    const stop = readStop(this.#ending ?? {}, this.#parts.held);
    this.#emit({ type: 'finish', stop, usage: { ...this.#usage, serviceTier: this.#usage.serviceTier ?? this.#tier } });
    this.#isOver = true;
  }

  #fail(error: ModelError): void {
    this.#emit({ type: 'error', error });
  }
}

/** Further choices were never asked for. */
function isFirst(choice: JsonValue): boolean {
  return isJsonObject(choice) && (choice.index === undefined || choice.index === null || choice.index === 0);
}

/** `{error}`, or with OpenRouter an error within the choice. */
function errorIn(chunk: JsonObject): JsonObject | undefined {
  if (chunk.error !== undefined && chunk.error !== null) return toldError(chunk);
  if (Array.isArray(chunk.choices)) {
    const [choice] = chunk.choices;
    return isJsonObject(choice) && isJsonObject(choice.error) ? choice.error : undefined;
  }
  // What is no chunk but says something went wrong: `{object: "error", message}`.
  return chunk.object === 'error' || (chunk.choices === undefined && chunk.detail !== undefined)
    ? toldError(chunk)
    : undefined;
}

function parsed(data: string): JsonValue | undefined {
  try {
    return parseTrustedJson(data);
  } catch {
    return undefined;
  }
}

function broken(message: string): ModelError {
  return { kind: 'server', status: 500, message, code: null, param: null, retryAfterMs: null };
}
