import {
  type Conversation,
  EFFORTS,
  type OutputFormat,
  type Reasoning,
} from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { jsonSchemaOf } from './open-api-schema.ts';
import {
  invalidRequest,
  type Message,
  messageMember,
  messageOf,
  notConvertible,
  noteBeyond,
  optionalNumber,
  placeOf,
  stringList,
} from './request-message.ts';

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
  | 'reasoning'
  | 'outputFormat'
>;

const CONFIG_MEMBERS = new Set([
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'stopSequences',
  'candidateCount',
  'thinkingConfig',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
]);

/** `generationConfig`. Throws `invalid_input` for more than one candidate, which no other dialect streams. */
export function readSettings(body: Message, beyond: string[]): Settings {
  const config = messageMember(body, 'generationConfig') ?? messageOf({}, 'generationConfig');
  noteBeyond(config, CONFIG_MEMBERS, beyond);
  const candidates = optionalNumber(config, 'candidateCount') ?? 1;
  if (candidates > 1) {
    const remedy = 'send one request for each candidate, or leave candidateCount out';
    throw notConvertible(placeOf(config, 'candidateCount'), 'only one candidate can be converted', remedy);
  }
  if (wantsMoreThanText(config.members.responseModalities)) beyond.push(placeOf(config, 'responseModalities'));
  const stops = stringList(config, 'stopSequences') ?? [];
  return {
    maxOutputTokens: statedNumber(config, 'maxOutputTokens'),
    temperature: statedNumber(config, 'temperature'),
    topP: statedNumber(config, 'topP'),
    topK: statedNumber(config, 'topK'),
    seed: statedNumber(config, 'seed'),
    frequencyPenalty: statedNumber(config, 'frequencyPenalty'),
    presencePenalty: statedNumber(config, 'presencePenalty'),
    stopSequences: stops.length === 0 ? null : { value: stops, at: placeOf(config, 'stopSequences') },
    reasoning: readReasoning(config, beyond),
    outputFormat: readOutputFormat(config, beyond),
  };
}

function wantsMoreThanText(modalities: JsonValue | undefined): boolean {
  if (!Array.isArray(modalities)) return modalities !== undefined && modalities !== null;
  return modalities.some((modality: JsonValue) => modality !== 'TEXT');
}

function statedNumber(config: Message, name: string): Stated<number> | null {
  const value = optionalNumber(config, name);
  return value === undefined ? null : { value, at: placeOf(config, name) };
}

const THINKING_MEMBERS = new Set(['includeThoughts', 'thinkingBudget', 'thinkingLevel']);

/** A budget of 0 turns thinking off, -1 leaves its length to the model; `includeThoughts: false` alone says nothing. */
function readReasoning(config: Message, beyond: string[]): Stated<Reasoning> | null {
  const thinking = messageMember(config, 'thinkingConfig');
  if (thinking === undefined) return null;
  noteBeyond(thinking, THINKING_MEMBERS, beyond);
  const budget = optionalNumber(thinking, 'thinkingBudget');
  const effort = readLevel(thinking);
  const { includeThoughts } = thinking.members;
  if (budget === undefined && effort === null && includeThoughts !== true) return null;
  const isBounded = budget !== undefined && budget > 0;
  return {
    value: {
      mode: budget === 0 ? 'off' : isBounded || effort !== null ? 'on' : 'adaptive',
      budgetTokens: isBounded ? budget : null,
      effort,
      display: typeof includeThoughts !== 'boolean' ? null : includeThoughts ? 'summarized' : 'omitted',
    },
    at: thinking.at,
  };
}

function readLevel(thinking: Message): Reasoning['effort'] {
  const level = thinking.members.thinkingLevel;
  if (level === undefined || level === null || level === 'THINKING_LEVEL_UNSPECIFIED') return null;
  const effort = EFFORTS.find((word) => word === String(level).toLowerCase());
  if (effort !== undefined) return effort;
  throw invalidRequest(placeOf(thinking, 'thinkingLevel'), 'is not a level', 'send MINIMAL, LOW, MEDIUM or HIGH');
}

function readOutputFormat(config: Message, beyond: string[]): Stated<OutputFormat> | null {
  const mimeType = stringMember(config.members, 'responseMimeType') ?? '';
  const named = (['responseJsonSchema', 'responseSchema'] as const).find((name) => isJsonObject(config.members[name]));
  if (named !== undefined) {
    const schema = config.members[named];
    if (isJsonObject(schema)) return { value: jsonFormat(schema, named), at: placeOf(config, named) };
  }
  if (mimeType === 'application/json') return { value: { type: 'json' }, at: placeOf(config, 'responseMimeType') };
  if (mimeType !== '' && mimeType !== 'text/plain') beyond.push(placeOf(config, 'responseMimeType'));
  return null;
}

function jsonFormat(schema: JsonObject, named: 'responseJsonSchema' | 'responseSchema'): OutputFormat {
  const jsonSchema = named === 'responseSchema' ? jsonSchemaOf(schema) : schema;
  return { type: 'json_schema', name: null, description: null, schema: jsonSchema, strict: null };
}
