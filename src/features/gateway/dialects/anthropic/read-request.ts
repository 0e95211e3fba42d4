import type { Conversation } from '#features/gateway/conversation/conversation';
import type { Stated, TextPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';
import type { RequestAddress } from '../dialect.ts';
import { requiredMessages, requiredModel } from './outline.ts';
import { readTextBlock } from './read-blocks.ts';
import { readOutputFormat, readReasoning, readServiceTier, readToolChoice } from './read-settings.ts';
import { readTools } from './read-tools.ts';
import { readTurns } from './read-turns.ts';
import { invalidRequest, memberAt, noteBeyond, objectAt, type Place, stated } from './request-place.ts';

const READ = [
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'stream',
  'metadata',
  'thinking',
  'output_config',
  'output_format',
  'service_tier',
];

/** They tell Bedrock and Vertex how to read the body, and mean nothing beside it. */
const MEANT_FOR_CARRIERS = ['anthropic_version', 'anthropic_beta'];

const KNOWN_MEMBERS = new Set([...READ, ...MEANT_FOR_CARRIERS]);

/** Lenient: what the Messages API has and a `Conversation` has not is told in `beyond`, by its path. */
export function readRequest(body: JsonObject, address: RequestAddress): Conversation {
  const beyond: string[] = [];
  const place: Place = { at: '', beyond };
  noteBeyond(body.speed === 'standard' ? { ...body, speed: undefined } : body, KNOWN_MEMBERS, place);
  const turns = readTurns(requiredMessages(body), beyond);
  return {
    dialect: 'anthropic',
    model: requiredModel(body, address),
    system: readSystem(body, place),
    turns,
    tools: readTools(body, place),
    ...readToolChoice(body, place),
    maxOutputTokens: statedNumber(body, 'max_tokens'),
    temperature: statedNumber(body, 'temperature'),
    topP: statedNumber(body, 'top_p'),
    topK: statedNumber(body, 'top_k'),
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    stopSequences: readStopSequences(body),
    reasoning: readReasoning(body, place),
    outputFormat: readOutputFormat(body, place),
    serviceTier: readServiceTier(body, place),
    endUser: readEndUser(body, place),
    verbosity: null,
    promptCacheKey: null,
    isStreaming: body.stream === true || address.isStreaming,
    streamsUsage: true,
    beyond,
  };
}

function readSystem(body: JsonObject, { beyond }: Place): readonly TextPart[] {
  const { system } = body;
  if (system === undefined || system === null) return [];
  if (typeof system === 'string') return [{ type: 'text', text: system, citations: [], cache: null, at: 'system' }];
  if (!Array.isArray(system)) throw invalidRequest('system', 'a string or an array is required', 'send text blocks');
  return system.flatMap((block: JsonValue, index) => {
    const at = `system[${index}]`;
    if (!isJsonObject(block)) throw invalidRequest(at, 'an object is required', 'send {type: "text", text}');
    if (block.type === 'text') return [readTextBlock(block, { at, beyond })];
    beyond.push(at);
    return [];
  });
}

function readStopSequences(body: JsonObject): Stated<readonly string[]> | null {
  const sequences = body.stop_sequences;
  if (sequences === undefined || sequences === null) return null;
  if (!Array.isArray(sequences) || !sequences.every((item: JsonValue) => typeof item === 'string')) {
    throw invalidRequest('stop_sequences', 'an array of strings is required', 'send strings');
  }
  return sequences.length === 0 ? null : { value: sequences, at: 'stop_sequences' };
}

function readEndUser(body: JsonObject, place: Place): Stated<string> | null {
  const metadata = objectAt(body, 'metadata', '');
  if (metadata === undefined) return null;
  noteBeyond(metadata, new Set(['user_id']), { ...place, at: 'metadata' });
  return stated(stringMember(metadata, 'user_id'), 'metadata.user_id');
}

function statedNumber(body: JsonObject, key: string): Stated<number> | null {
  const member = body[key];
  if (member === undefined || member === null) return null;
  const number = numberMember(body, key);
  if (number === undefined) throw invalidRequest(memberAt('', key), 'a number is required', 'send a number');
  return { value: number, at: key };
}
