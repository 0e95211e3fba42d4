import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';
import type { OutlineTurn, RequestAddress, RequestOutline } from '../dialect.ts';
import { invalidRequest } from './request-place.ts';

const MODEL_CHARACTERS_MAX = 256;

export function outline(body: JsonObject, address: RequestAddress): RequestOutline {
  const turns = requiredMessages(body).map(outlineTurn);
  const system: readonly OutlineTurn[] =
    body.system === undefined || body.system === null
      ? []
      : [{ role: 'system', path: ['system'], content: body.system }];
  return {
    model: requiredModel(body, address),
    isStreaming: body.stream === true || address.isStreaming,
    turns: [...system, ...turns],
    maxOutputTokensPath: numberMember(body, 'max_tokens') === undefined ? null : ['max_tokens'],
    endUser: stringMember(body.metadata, 'user_id') ?? null,
  };
}

/** The model that the path names, else the body's. */
export function requiredModel(body: JsonObject, address: RequestAddress): string {
  const model = address.model ?? body.model;
  if (typeof model !== 'string' || model === '') {
    throw invalidRequest('model', 'a non-empty string is required', 'name a model');
  }
  if (model.length > MODEL_CHARACTERS_MAX || /\p{Cc}/u.test(model)) {
    throw invalidRequest('model', `at most ${MODEL_CHARACTERS_MAX} printable characters are accepted`, 'name a model');
  }
  return model;
}

export function requiredMessages(body: JsonObject): readonly JsonObject[] {
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalidRequest('messages', 'a non-empty array is required', 'send at least one message');
  }
  return messages.map((message: JsonValue, index) => {
    if (isJsonObject(message)) return message;
    throw invalidRequest(`messages[${index}]`, 'an object is required', 'send {role, content}');
  });
}

function outlineTurn(message: JsonObject, index: number): OutlineTurn {
  const { role } = message;
  return {
    role: role === 'assistant' || role === 'system' ? role : 'user',
    path: ['messages', index, 'content'],
    content: message.content ?? null,
  };
}
