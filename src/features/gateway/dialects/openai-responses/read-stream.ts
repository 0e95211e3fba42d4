import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { ModelError } from '#features/gateway/conversation/model-error';
import { isJsonObject, type JsonObject, type JsonValue, parseTrustedJson, stringMember } from '#foundation/json';
import type { AnswerStreamReader, Target } from '../dialect.ts';
import { errorOfEvent } from './errors.ts';
import { readStop } from './stop.ts';
import { StreamOutput } from './stream-output.ts';
import { readResponseUsage } from './usage.ts';

/** Of more than fifty kinds of events these matter; the others tell again what these have told, or how far a tool is. */
export function createStreamReader(emit: (event: AnswerEvent) => void, from: Target): AnswerStreamReader {
  return new ResponseStreamReader(emit, from);
}

class ResponseStreamReader implements AnswerStreamReader {
  readonly #emit: (event: AnswerEvent) => void;
  readonly #output: StreamOutput;
  #hasStarted = false;
  #isOver = false;

  constructor(emit: (event: AnswerEvent) => void, from: Target) {
    this.#emit = emit;
    this.#output = new StreamOutput((event) => {
      if (this.#isOver) return;
      if (event.type === 'error') this.#isOver = true;
      emit(event);
    }, from);
  }

  event(name: string, data: string): void {
    if (this.#isOver || data === '') return;
    const event = parsed(data);
    if (event !== undefined) this.#read(typeof event.type === 'string' ? event.type : name, event);
    else if (name === 'error') this.#fail(errorOfEvent({ message: data }));
    else if (data.startsWith('{')) this.#fail(brokenOff('the upstream sent an event that is not JSON'));
  }

  end(): void {
    if (!this.#isOver) this.#fail(brokenOff('the upstream closed the stream before the answer was complete'));
  }

  #read(type: string, event: JsonObject): void {
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.#start(event.response);
        return;
      case 'response.completed':
      case 'response.incomplete':
        this.#finish(event.response);
        return;
      case 'response.failed':
      case 'response.cancelled':
        this.#failResponse(event.response);
        return;
      case 'error':
        this.#fail(errorOfEvent(event));
        return;
    }
    if (type.startsWith('response.')) {
      this.#start(undefined);
      this.#output.read(type.slice('response.'.length), event);
    } else if (isJsonObject(event.error)) {
      this.#fail(errorOfEvent(event));
    }
  }

  #start(response: JsonValue | undefined): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#emit({
      type: 'start',
      id: stringMember(response, 'id') ?? null,
      model: stringMember(response, 'model') ?? null,
    });
  }

  #finish(told: JsonValue | undefined): void {
    const response = isJsonObject(told) ? told : {};
    this.#start(response);
    this.#output.complete(response.output);
    if (this.#isOver) return;
    this.#isOver = true;
    const usage = { ...readResponseUsage(response) };
    usage.webSearches = Math.max(usage.webSearches, this.#output.webSearches);
    usage.generatedImages = Math.max(usage.generatedImages, this.#output.generatedImages);
    this.#emit({ type: 'finish', stop: readStop(response, this.#output.hasCalls), usage });
  }

  /** What failed may have cost something all the same. */
  #failResponse(told: JsonValue | undefined): void {
    const response = isJsonObject(told) ? told : {};
    if (isJsonObject(response.usage)) {
      this.#start(response);
      this.#emit({ type: 'usage', usage: readResponseUsage(response) });
    }
    this.#fail(errorOfEvent({ ...response, message: 'the upstream says that the response failed' }));
  }

  #fail(error: ModelError): void {
    this.#isOver = true;
    this.#emit({ type: 'error', error });
  }
}

/** Arguments are text on this wire, so no number loses a digit. */
function parsed(data: string): JsonObject | undefined {
  try {
    const value = parseTrustedJson(data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function brokenOff(message: string): ModelError {
  return { kind: 'server', status: 500, message, code: null, param: null, retryAfterMs: null };
}
