import type { Conversation } from '#features/gateway/conversation/conversation';
import type { Stated, TextPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { RequestAddress } from '../dialect.ts';
import { requiredContents, requiredModel } from './outline.ts';
import { readContents } from './read-contents.ts';
import { readSettings } from './read-settings.ts';
import { readToolChoice, readTools } from './read-tools.ts';
import {
  invalidRequest,
  type Message,
  messageOf,
  notConvertible,
  noteBeyond,
  placeOf,
  sentName,
} from './request-message.ts';

/** `model` repeats the path. */
const BODY_MEMBERS = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
  'cachedContent',
]);

/** Lenient: what `generateContent` has and a `Conversation` has not is told in `beyond`, by its path. */
export function readRequest(sent: JsonObject, address: RequestAddress): Conversation {
  const beyond: string[] = [];
  const body = messageOf(sent, '');
  noteBeyond(body, BODY_MEMBERS, beyond);
  refuseCachedContent(body);
  return {
    dialect: 'gemini',
    model: requiredModel(sent, address),
    system: readSystem(body, beyond),
    turns: readContents(requiredContents(sent), beyond),
    tools: readTools(body, beyond),
    toolChoice: readToolChoice(body, beyond),
    parallelToolCalls: null,
    ...readSettings(body, beyond),
    serviceTier: readServiceTier(body, beyond),
    endUser: null,
    verbosity: null,
    promptCacheKey: null,
    isStreaming: address.isStreaming,
    streamsUsage: true,
    beyond,
  };
}

/** A part of the conversation that only Google holds: what is left would be another conversation. */
function refuseCachedContent(body: Message): void {
  const { cachedContent } = body.members;
  if (cachedContent === undefined || cachedContent === null || cachedContent === '') return;
  const remedy = 'send the whole conversation without cachedContent, or ask for a model that Gemini serves';
  throw notConvertible(placeOf(body, 'cachedContent'), 'cached content cannot be converted', remedy);
}

function readSystem(body: Message, beyond: string[]): readonly TextPart[] {
  const system = body.members.systemInstruction;
  if (system === undefined || system === null) return [];
  const at = placeOf(body, 'systemInstruction');
  if (typeof system === 'string') return [{ type: 'text', text: system, citations: [], cache: null, at }];
  const parts = isJsonObject(system) ? system.parts : undefined;
  const list: readonly JsonValue[] = isJsonObject(parts) ? [parts] : Array.isArray(parts) ? parts : [];
  if (!isJsonObject(system) || (parts !== undefined && list.length === 0 && !Array.isArray(parts))) {
    throw invalidRequest(at, 'a content with text parts is required', 'send {parts: [{text}]}');
  }
  return list.flatMap((part, index): readonly TextPart[] => {
    const place = isJsonObject(parts) ? `${at}.parts` : `${at}.parts[${index}]`;
    const text = stringMember(part, 'text');
    if (text !== undefined) return [{ type: 'text', text, citations: [], cache: null, at: place }];
    beyond.push(place);
    return [];
  });
}

const TIERS = { standard: 'default', flex: 'flex', priority: 'priority' } as const;

function readServiceTier(body: Message, beyond: string[]): Stated<'default' | 'flex' | 'priority'> | null {
  const tier = stringMember(body.members, 'serviceTier')?.toLowerCase() ?? 'unspecified';
  if (tier === 'unspecified') return null;
  const at = sentName(body.sent, 'serviceTier');
  if (tier === 'standard' || tier === 'flex' || tier === 'priority') return { value: TIERS[tier], at };
  beyond.push(at);
  return null;
}
