import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';
import type { OutlineTurn, RequestAddress, RequestOutline } from '../dialect.ts';
import { invalidRequest } from './request-place.ts';

const MODEL_CHARACTERS_MAX = 256;

/** The input may be missing: a stored prompt, a previous response or a conversation can take its place. */
export function outline(body: JsonObject, address: RequestAddress): RequestOutline {
  return {
    model: requiredModel(body, address),
    isStreaming: body.stream === true || address.isStreaming,
    turns: [...instructions(body), ...promptVariables(body), ...inputTurns(body)],
    maxOutputTokensPath: numberMember(body, 'max_output_tokens') === undefined ? null : ['max_output_tokens'],
    endUser:
      stringMember(body, 'safety_identifier') ??
      stringMember(body, 'user') ??
      stringMember(body.metadata, 'user_id') ??
      null,
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

function instructions(body: JsonObject): readonly OutlineTurn[] {
  const { instructions: content } = body;
  return content === undefined || content === null ? [] : [{ role: 'system', path: ['instructions'], content }];
}

/** What the client puts into a prompt that is stored elsewhere are its own words. */
function promptVariables(body: JsonObject): readonly OutlineTurn[] {
  const variables = isJsonObject(body.prompt) ? body.prompt.variables : undefined;
  if (variables === undefined || variables === null) return [];
  return [{ role: 'user', path: ['prompt', 'variables'], content: variables }];
}

function inputTurns({ input }: JsonObject): readonly OutlineTurn[] {
  if (input === undefined || input === null) return [];
  if (typeof input === 'string') return [{ role: 'user', path: ['input'], content: input }];
  return requiredItems(input).map((item, index) => outlineTurn(item, ['input', index]));
}

/** Throws `invalid_input` unless the input is a list of objects. */
export function requiredItems(input: JsonValue): readonly JsonObject[] {
  if (!Array.isArray(input)) {
    throw invalidRequest('input', 'a string or an array is required', 'send text or a list of items');
  }
  return input.map((item: JsonValue, index) => {
    if (isJsonObject(item)) return item;
    throw invalidRequest(`input[${index}]`, 'an object is required', 'send an item such as {role, content}');
  });
}

function outlineTurn(item: JsonObject, path: readonly (string | number)[]): OutlineTurn {
  const { role } = item;
  if (typeof role === 'string' && item.content !== undefined) {
    return { role: turnRole(role), path: [...path, 'content'], content: item.content };
  }
  return { role: isOfUser(stringMember(item, 'type') ?? '') ? 'user' : 'assistant', path, content: item };
}

function turnRole(role: string): OutlineTurn['role'] {
  if (role === 'assistant') return 'assistant';
  return role === 'system' || role === 'developer' ? 'system' : 'user';
}

/** Results and approvals come from the client; calls and reasoning from the model. What is not known is judged as new. */
export function isOfUser(type: string): boolean {
  return type === 'mcp_approval_response' || !/(_call|^reasoning|^mcp_\w+|^compaction|^program)$/.test(type);
}
