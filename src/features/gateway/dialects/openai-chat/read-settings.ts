import type { Conversation, OutputFormat } from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { invalidRequest, notConvertible, objectAt, type Place, statedNumber, statedString } from './request-place.ts';

export const SETTING_MEMBERS = [
  ...['max_completion_tokens', 'max_tokens', 'temperature', 'top_p', 'top_k', 'seed', 'stop', 'n', 'modalities'],
  ...['frequency_penalty', 'presence_penalty', 'response_format', 'service_tier', 'user', 'safety_identifier'],
  ...['verbosity', 'prompt_cache_key'],
];

type Settings = Pick<
  Conversation,
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'seed'
  | 'frequencyPenalty'
  | 'presencePenalty'
  | 'stopSequences'
  | 'outputFormat'
  | 'serviceTier'
  | 'endUser'
  | 'verbosity'
  | 'promptCacheKey'
>;

/** Throws `invalid_input` for more than one choice, which no other dialect streams. */
export function readSettings(body: JsonObject, place: Place): Settings {
  const choices = statedNumber(body, 'n')?.value ?? 1;
  if (choices > 1) {
    throw notConvertible('n', 'only one choice can be converted', 'send one request for each choice, or leave n out');
  }
  if (wantsMoreThanText(body.modalities)) place.beyond.push('modalities');
  return {
    maxOutputTokens: newerOf(body, 'max_completion_tokens', 'max_tokens', statedNumber, place),
    temperature: statedNumber(body, 'temperature'),
    topP: statedNumber(body, 'top_p'),
    topK: statedNumber(body, 'top_k'),
    seed: statedNumber(body, 'seed'),
    frequencyPenalty: statedNumber(body, 'frequency_penalty'),
    presencePenalty: statedNumber(body, 'presence_penalty'),
    stopSequences: readStop(body),
    outputFormat: readOutputFormat(body, place),
    serviceTier: readWord(body, 'service_tier', ['auto', 'default', 'flex', 'priority'] as const, place),
    endUser: newerOf(body, 'safety_identifier', 'user', statedString, place),
    verbosity: readWord(body, 'verbosity', ['low', 'medium', 'high'] as const, place),
    promptCacheKey: statedString(body, 'prompt_cache_key'),
  };
}

function wantsMoreThanText(modalities: JsonValue | undefined): boolean {
  if (!Array.isArray(modalities)) return modalities !== undefined && modalities !== null;
  return modalities.some((modality: JsonValue) => modality !== 'text');
}

/** The value under the newer name, else under the older; an older one that says something else is told. */
function newerOf<Value>(
  body: JsonObject,
  newer: string,
  older: string,
  read: (body: JsonObject, key: string) => Stated<Value> | null,
  { beyond }: Place,
): Stated<Value> | null {
  const [first, second] = [read(body, newer), read(body, older)];
  if (first !== null && second !== null && first.value !== second.value) beyond.push(older);
  return first ?? second;
}

function readStop({ stop }: JsonObject): Stated<readonly string[]> | null {
  if (stop === undefined || stop === null) return null;
  const list = typeof stop === 'string' ? [stop] : stop;
  if (!Array.isArray(list) || !list.every((item: JsonValue) => typeof item === 'string')) {
    throw invalidRequest('stop', 'a string or an array of strings is required');
  }
  return list.length === 0 ? null : { value: list, at: 'stop' };
}

function readOutputFormat(body: JsonObject, { beyond }: Place): Stated<OutputFormat> | null {
  const at = 'response_format';
  const format = objectAt(body, at, '');
  if (format === undefined || format.type === 'text') return null;
  if (format.type === 'json_object') return { value: { type: 'json' }, at };
  if (format.type !== 'json_schema') {
    // A grammar, for instance, which some upstreams hold their models to.
    beyond.push(at);
    return null;
  }
  const named = objectAt(format, 'json_schema', at);
  if (named === undefined) throw invalidRequest(`${at}.json_schema`, 'an object is required', 'send {name, schema}');
  return {
    value: {
      type: 'json_schema',
      name: stringMember(named, 'name') ?? null,
      description: stringMember(named, 'description') ?? null,
      schema: isJsonObject(named.schema) ? named.schema : {},
      strict: typeof named.strict === 'boolean' ? named.strict : null,
    },
    at,
  };
}

/** One of the words; another one, which nobody else knows, is told as beyond. */
function readWord<Word extends string>(
  body: JsonObject,
  key: string,
  words: readonly Word[],
  { beyond }: Place,
): Stated<Word> | null {
  const value = body[key];
  if (value === undefined || value === null) return null;
  const word = words.find((known) => known === value);
  if (word !== undefined) return { value: word, at: key };
  beyond.push(key);
  return null;
}
