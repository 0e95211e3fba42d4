import type { Conversation, OutputFormat } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { writeThinking } from './write-thinking.ts';

const STOP_SEQUENCES_MAX = 5;
const SEED_MAX = 2_147_483_647;

/** `generationConfig`; undefined where nothing is to be said. */
export function writeSettings(conversation: Conversation, to: Target, losses: Losses): JsonObject | undefined {
  const stops = conversation.stopSequences;
  const config: Record<string, JsonValue | undefined> = {
    maxOutputTokens: maxOutputTokens(conversation.maxOutputTokens, to, losses),
    temperature: conversation.temperature?.value,
    topP: conversation.topP?.value,
    topK: conversation.topK?.value,
    seed: seedOf(conversation.seed, losses),
    frequencyPenalty: conversation.frequencyPenalty?.value,
    presencePenalty: conversation.presencePenalty?.value,
    stopSequences: stops?.value.slice(0, STOP_SEQUENCES_MAX),
    ...outputFormat(conversation.outputFormat),
    thinkingConfig: writeThinking(conversation, to, losses),
  };
  if (stops !== null && stops.value.length > STOP_SEQUENCES_MAX) losses.change(stops.at);
  const told = Object.entries(config).filter(([, value]) => value !== undefined);
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

function maxOutputTokens(stated: Stated<number> | null, to: Target, losses: Losses): number | undefined {
  if (stated === null) return undefined;
  const most = to.maxOutputTokens ?? stated.value;
  if (stated.value > most) losses.change(stated.at);
  return Math.min(stated.value, most);
}

/** A seed is an `int32` here. */
function seedOf(stated: Stated<number> | null, losses: Losses): number | undefined {
  if (stated === null) return undefined;
  const { value } = stated;
  if (Number.isInteger(value) && Math.abs(value) <= SEED_MAX) return value;
  losses.change(stated.at);
  return Math.trunc(value) % SEED_MAX;
}

/** Gemini holds itself to every schema, so `strict` needs no word; the name is the client's own label of the format. */
function outputFormat(stated: Stated<OutputFormat> | null): JsonObject {
  if (stated === null) return {};
  const format = stated.value;
  if (format.type === 'json') return { responseMimeType: 'application/json' };
  const { schema, description } = format;
  const described = description === null || schema.description !== undefined ? schema : { ...schema, description };
  return { responseMimeType: 'application/json', responseJsonSchema: described };
}

const TIERS = { default: 'standard', flex: 'flex', priority: 'priority' } as const;

/** Members beside contents, tools and `generationConfig`, and what this dialect has no place for. */
export function writeSurroundings(conversation: Conversation, losses: Losses): JsonObject {
  const { serviceTier, parallelToolCalls, endUser, verbosity, promptCacheKey } = conversation;
  for (const lost of [endUser, verbosity, promptCacheKey]) if (lost !== null) losses.drop(lost.at);
  if (parallelToolCalls?.value === false) losses.drop(parallelToolCalls.at);
  // `auto` is what happens without a word.
  if (serviceTier === null || serviceTier.value === 'auto') return {};
  return { serviceTier: TIERS[serviceTier.value] };
}
