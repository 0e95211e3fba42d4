import type { Conversation } from '#features/gateway/conversation/conversation';
import type { Stated, TextPart } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import type { RequestAddress } from '../dialect.ts';
import { requiredItems, requiredModel } from './outline.ts';
import { readInput } from './read-input.ts';
import { readEndUser, readOutputFormat, readReasoning, readServiceTier, readVerbosity } from './read-settings.ts';
import { readParallelToolCalls, readToolChoice, readTools } from './read-tools.ts';
import { invalidRequest, notConvertible, noteBeyond, type Place, statedNumber, statedString } from './request-place.ts';

const READ = [
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'reasoning',
  'text',
  'service_tier',
  'safety_identifier',
  'user',
  'prompt_cache_key',
  'stream',
  'store',
  'include',
  'truncation',
];

/** How the events of a stream are padded. */
const WITHOUT_EFFECT_ELSEWHERE = ['stream_options'];

const KNOWN_MEMBERS = new Set([...READ, ...WITHOUT_EFFECT_ELSEWHERE]);

/** Lenient: what the Responses API has and a `Conversation` has not is told in `beyond`, by its path. */
export function readRequest(body: JsonObject, address: RequestAddress): Conversation {
  const beyond: string[] = [];
  const place: Place = { at: '', beyond };
  refuseKeptState(body);
  noteBeyond(withoutDefaults(body), KNOWN_MEMBERS, place);
  noteOptions(body, beyond);
  const { system, turns } = readBodyInput(body, beyond);
  return {
    dialect: 'openai-responses',
    model: requiredModel(body, address),
    system: [...readInstructions(body), ...system],
    turns,
    tools: readTools(body, beyond),
    toolChoice: readToolChoice(body, beyond),
    parallelToolCalls: readParallelToolCalls(body),
    maxOutputTokens: statedNumber(body, 'max_output_tokens'),
    temperature: statedNumber(body, 'temperature'),
    topP: statedNumber(body, 'top_p'),
    topK: null,
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    stopSequences: null,
    reasoning: readReasoning(body, beyond),
    outputFormat: readOutputFormat(body, beyond),
    serviceTier: readServiceTier(body, beyond),
    endUser: readEndUser(body, beyond),
    verbosity: readVerbosity(body, beyond),
    promptCacheKey: readPromptCacheKey(body),
    isStreaming: body.stream === true || address.isStreaming,
    streamsUsage: true,
    beyond,
  };
}

/** What only OpenAI holds; without it the conversation would be another one. */
function refuseKeptState(body: JsonObject): void {
  const remedy = 'send the whole conversation in input, or ask for a model that speaks the Responses API itself';
  for (const key of ['previous_response_id', 'conversation', 'prompt']) {
    const member = body[key];
    if (member === undefined || member === null || member === '') continue;
    throw notConvertible(key, 'names something that only OpenAI has, and this model is served by another', remedy);
  }
  if (body.background !== true) return;
  const message = 'the provider of this model has no answers that are fetched later';
  throw notConvertible('background', message, 'leave it out and use stream: true');
}

/** Clients spell these out; they say what happens anyway. */
function withoutDefaults(body: JsonObject): JsonObject {
  return {
    ...body,
    background: undefined,
    top_logprobs: body.top_logprobs === 0 ? undefined : body.top_logprobs,
  };
}

/** Encrypted reasoning comes with every answer, so asking for it loses nothing. */
function noteOptions({ store, include, truncation }: JsonObject, beyond: string[]): void {
  if (store === true) beyond.push('store');
  if (truncation !== undefined && truncation !== null && truncation !== 'disabled') beyond.push('truncation');
  if (!Array.isArray(include)) return;
  for (const [index, item] of include.entries()) {
    if (item !== 'reasoning.encrypted_content') beyond.push(`include[${index}]`);
  }
}

function readBodyInput({ input }: JsonObject, beyond: string[]) {
  if (typeof input === 'string') return readInput([{ role: 'user', content: input }], beyond, 'input');
  if (input === undefined || input === null || (Array.isArray(input) && input.length === 0)) {
    throw invalidRequest('input', 'a string or a non-empty array is required', 'send at least one message');
  }
  return readInput(requiredItems(input), beyond);
}

function readInstructions({ instructions }: JsonObject): readonly TextPart[] {
  if (instructions === undefined || instructions === null || instructions === '') return [];
  if (typeof instructions !== 'string') {
    throw invalidRequest('instructions', 'a string is required', 'send other words of the system as items of input');
  }
  return [{ type: 'text', text: instructions, citations: [], cache: null, at: 'instructions' }];
}

function readPromptCacheKey(body: JsonObject): Stated<string> | null {
  return statedString(body, 'prompt_cache_key');
}
