import { type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';
import type { OutlineTurn, RequestAddress, RequestOutline } from '../dialect.ts';
import { invalidRequest, objectsAt, requiredName } from './request-place.ts';

export function outline(body: JsonObject, address: RequestAddress): RequestOutline {
  const limit = LIMITS.find((name) => numberMember(body, name) !== undefined);
  return {
    model: requiredModel(body, address),
    isStreaming: body.stream === true || address.isStreaming,
    turns: requiredMessages(body).flatMap(outlineTurns),
    maxOutputTokensPath: limit === undefined ? null : [limit],
    endUser: stringMember(body, 'safety_identifier') ?? stringMember(body, 'user') ?? null,
  };
}

/** The newer name counts where both are given. */
const LIMITS = ['max_completion_tokens', 'max_tokens'];

const MODEL_CHARACTERS_MAX = 256;

export function requiredModel(body: JsonObject, address: RequestAddress): string {
  const model = address.model ?? requiredName(body, 'model', '');
  if (model.length <= MODEL_CHARACTERS_MAX && !/\p{Cc}/u.test(model)) return model;
  throw invalidRequest('model', `at most ${MODEL_CHARACTERS_MAX} printable characters are accepted`, 'name a model');
}

export function requiredMessages(body: JsonObject): readonly JsonObject[] {
  const messages = objectsAt(body, 'messages', '');
  if (messages.length > 0) return messages;
  throw invalidRequest('messages', 'a non-empty array is required', 'send at least one message');
}

/** What is thought, said and called stands in members of one message. */
const SPOKEN = ['reasoning_content', 'content', 'refusal', 'tool_calls', 'function_call'];

function outlineTurns(message: JsonObject, index: number): readonly OutlineTurn[] {
  const role = ROLES.get(stringMember(message, 'role') ?? '') ?? 'user';
  return SPOKEN.flatMap((key): readonly OutlineTurn[] => {
    const content: JsonValue | undefined = message[key];
    if (content === undefined || content === null) return [];
    return [{ role, path: ['messages', index, key], content }];
  });
}

const ROLES: ReadonlyMap<string, OutlineTurn['role']> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['assistant', 'assistant'],
]);
