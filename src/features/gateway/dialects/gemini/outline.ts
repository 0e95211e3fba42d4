import { isJsonObject, type JsonObject, type JsonValue, numberMember } from '#foundation/json';
import type { OutlineTurn, RequestAddress, RequestOutline } from '../dialect.ts';
import { invalidRequest, sentName } from './request-message.ts';

const MODEL_CHARACTERS_MAX = 256;

export function outline(body: JsonObject, address: RequestAddress): RequestOutline {
  return {
    model: requiredModel(body, address),
    isStreaming: address.isStreaming,
    turns: outlineTurns(body, []),
    maxOutputTokensPath: maxOutputTokensPath(body),
    endUser: null,
  };
}

/** The model of the path, else the body's; without the `models/` that its resource name begins with. */
export function requiredModel(body: JsonObject, address: RequestAddress): string {
  const named = address.model ?? body.model;
  const model = typeof named === 'string' ? named.replace(/^models\//, '') : '';
  if (model === '') throw invalidRequest('model', 'a model is required', 'name it in the path: /v1beta/models/{model}');
  if (model.length > MODEL_CHARACTERS_MAX || /\p{Cc}/u.test(model)) {
    throw invalidRequest('model', `at most ${MODEL_CHARACTERS_MAX} printable characters are accepted`, 'name a model');
  }
  return model;
}

/** System and contents of a request that stands at `prefix` of the body. */
export function outlineTurns(request: JsonObject, prefix: readonly string[]): readonly OutlineTurn[] {
  const systemName = sentName(request, 'systemInstruction');
  const system = request[systemName];
  const turns = requiredContents(request).map((content, index) => outlineTurn(content, [...prefix, 'contents', index]));
  if (system === undefined || system === null) return turns;
  return [{ role: 'system', path: [...prefix, systemName], content: system }, ...turns];
}

/** Throws `invalid_input` unless the contents are a list of objects that is not empty. */
export function requiredContents(request: JsonObject): readonly JsonObject[] {
  const { contents } = request;
  if (!Array.isArray(contents) || contents.length === 0) {
    throw invalidRequest('contents', 'a non-empty array is required', 'send at least one content');
  }
  return contents.map((content: JsonValue, index) => {
    if (isJsonObject(content)) return content;
    throw invalidRequest(`contents[${index}]`, 'an object is required', 'send {role, parts}');
  });
}

function outlineTurn(content: JsonObject, path: readonly (string | number)[]): OutlineTurn {
  const role = content.role === 'model' ? 'assistant' : content.role === 'system' ? 'system' : 'user';
  return { role, path: [...path, 'parts'], content: content.parts ?? null };
}

function maxOutputTokensPath(body: JsonObject): readonly string[] | null {
  const configName = sentName(body, 'generationConfig');
  const config = body[configName];
  if (!isJsonObject(config)) return null;
  const name = sentName(config, 'maxOutputTokens');
  return numberMember(config, name) === undefined ? null : [configName, name];
}
