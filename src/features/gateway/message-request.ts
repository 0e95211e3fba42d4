import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonBytes } from '#foundation/json';
import type { ContentPart } from '#governance/policy/call';

/** A request in the Anthropic dialect: its bytes as received, and what the gateway itself needs to know of them. */
export type MessageRequest = {
  readonly bytes: Buffer;
  readonly body: JsonObject;
  readonly model: string;
  readonly isStreaming: boolean;
  readonly turns: readonly JsonValue[];
};

const MODEL_CHARACTERS_MAX = 256;

/**
 * Parses what routing and judging need, and nothing more: fields that this version does not know belong to the
 * upstream, which answers for them. Throws `invalid_input` naming the field.
 */
export function parseMessageRequest(bytes: Buffer): MessageRequest {
  if (bytes.length === 0) throw invalid('the body is empty', 'send a JSON object with model and messages');
  const body = parseJsonBytes(bytes);
  if (!isJsonObject(body)) throw invalid('the body is not a JSON object', 'send a JSON object with model and messages');
  const { model, messages } = body;
  if (typeof model !== 'string' || model === '') throw invalid('model: a non-empty string is required', 'name a model');
  if (model.length > MODEL_CHARACTERS_MAX || /\p{Cc}/u.test(model)) {
    throw invalid(`model: at most ${MODEL_CHARACTERS_MAX} printable characters are accepted`, 'name a model');
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid('messages: a non-empty array is required', 'send at least one message');
  }
  for (const [index, message] of messages.entries()) {
    if (!isJsonObject(message)) throw invalid(`messages[${index}]: an object is required`, 'send {role, content}');
  }
  return { bytes, body, model, isStreaming: body.stream === true, turns: messages };
}

function invalid(message: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'message_request', message, { remedy });
}

/**
 * What is new in a request, and what was judged when it was new: the system prompt and the turns since the model last
 * spoke, against the turns before. A last turn of the assistant is a prefill that the client wrote, so it is new too.
 */
export function judgedContent(request: MessageRequest): {
  readonly content: readonly ContentPart[];
  readonly history: readonly ContentPart[];
} {
  const { body, turns } = request;
  const firstNew = indexOfNewTurn(turns);
  const part = (turn: JsonValue, index: number): ContentPart => ({
    path: ['messages', index, 'content'],
    value: isJsonObject(turn) ? (turn.content ?? null) : null,
  });
  const parts = turns.map(part);
  const system: readonly ContentPart[] = body.system === undefined ? [] : [{ path: ['system'], value: body.system }];
  return { content: [...system, ...parts.slice(firstNew)], history: parts.slice(0, firstNew) };
}

/** The index of the first turn that the model has not answered yet. */
export function indexOfNewTurn(turns: readonly JsonValue[]): number {
  let index = turns.length;
  while (index > 0 && isAssistant(turns[index - 1])) index--;
  while (index > 0 && !isAssistant(turns[index - 1])) index--;
  return index;
}

function isAssistant(turn: JsonValue | undefined): boolean {
  return isJsonObject(turn) && turn.role === 'assistant';
}
