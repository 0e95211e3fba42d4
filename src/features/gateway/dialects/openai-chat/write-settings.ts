import { createHash } from 'node:crypto';
import type { Conversation, OutputFormat } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import { acceptableCallId } from '#features/gateway/conversation/tool-names';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { ModelTraits } from './model-traits.ts';
import { TOOL_NAME_CHARACTERS_MAX, type Writing } from './writing.ts';

/** The most that may be put out, and what ends the answer before that. */
export function writeLimits(conversation: Conversation, writing: Writing, isReasoning: boolean): JsonObject {
  return { ...writeTokenLimit(conversation, writing), ...writeStop(conversation, writing, isReasoning) };
}

/** Models that reason refuse `max_tokens`, whoever serves them. */
function writeTokenLimit({ maxOutputTokens }: Conversation, { to, accent, traits, losses }: Writing): JsonObject {
  if (maxOutputTokens === null) return {};
  const tokens = Math.min(maxOutputTokens.value, to.maxOutputTokens ?? Number.MAX_SAFE_INTEGER);
  if (tokens !== maxOutputTokens.value) losses.change(maxOutputTokens.at);
  const name = traits.countsReasoning ? 'max_completion_tokens' : accent.tokenLimit;
  return { [name]: tokens };
}

function writeStop({ stopSequences }: Conversation, { accent, traits, losses }: Writing, isOn: boolean): JsonObject {
  if (stopSequences === null) return {};
  const { value, at } = stopSequences;
  if (!isTaken(traits.takesStop, isOn)) {
    losses.drop(at);
    return {};
  }
  if (value.length > accent.stopSequencesMax) losses.change(at);
  return { stop: value.slice(0, accent.stopSequencesMax) };
}

function isTaken(when: ModelTraits['takesStop'], isReasoning: boolean): boolean {
  return when === 'always' || (when === 'without_reasoning' && !isReasoning);
}

export function writeSampling(conversation: Conversation, writing: Writing, isReasoning: boolean): JsonObject {
  const { accent, traits, losses } = writing;
  const samples = isTaken(traits.takesSampling, isReasoning);
  const penalizes = accent.takes.has('penalties') && isTaken(traits.takesPenalties, isReasoning);
  return {
    ...writeTemperature(conversation, samples, writing),
    ...ifTaken('top_p', conversation.topP, samples, 1, losses),
    ...ifTaken('top_k', conversation.topK, samples && accent.takes.has('top_k'), undefined, losses),
    ...ifTaken('frequency_penalty', conversation.frequencyPenalty, penalizes, 0, losses),
    ...ifTaken('presence_penalty', conversation.presencePenalty, penalizes, 0, losses),
    ...ifTaken(accent.seed ?? 'seed', conversation.seed, accent.seed !== null, undefined, losses),
  };
}

function writeTemperature({ temperature }: Conversation, isTakenNow: boolean, { accent, losses }: Writing): JsonObject {
  if (temperature === null || !isTakenNow) return ifTaken('temperature', temperature, false, 1, losses);
  const value = Math.min(Math.max(temperature.value, 0), accent.temperatureMax);
  if (value !== temperature.value) losses.change(temperature.at);
  return { temperature: value };
}

/** A member that is not taken is told, unless it asks for what is so by default. */
function ifTaken<Value extends JsonValue>(
  name: string,
  stated: Stated<Value> | null,
  isTakenNow: boolean,
  byDefault: Value | undefined,
  losses: Losses,
): JsonObject {
  if (stated === null) return {};
  if (isTakenNow) return { [name]: stated.value };
  if (stated.value !== byDefault) losses.drop(stated.at);
  return {};
}

export function writeOutputFormat({ outputFormat }: Conversation, { accent, losses }: Writing): JsonObject {
  if (outputFormat === null) return {};
  const { value, at } = outputFormat;
  if (value.type === 'json') return { response_format: { type: 'json_object' } };
  if (accent.takes.has('json_schema')) return { response_format: { type: 'json_schema', json_schema: named(value) } };
  losses.change(at);
  return { response_format: { type: 'json_object' } };
}

/** A schema has to have a name, of the same characters as a tool's. */
function named({ name, description, schema, strict }: OutputFormat & { readonly type: 'json_schema' }): JsonObject {
  return {
    name: name === null ? 'response' : acceptableCallId(name, TOOL_NAME_CHARACTERS_MAX),
    ...(description === null ? {} : { description }),
    schema,
    ...(strict === null ? {} : { strict }),
  };
}

/** Whom the answer is for, by which tier, how wordy, and beside which others it is cached. */
export function writeUserSettings(conversation: Conversation, writing: Writing): JsonObject {
  const { accent, traits, losses } = writing;
  const { serviceTier, verbosity, promptCacheKey } = conversation;
  const speaks = accent.takes.has('verbosity') && (traits.takesVerbosity || !accent.takes.has('model_traits'));
  return {
    ...writeTier(serviceTier, accent.takes.has('service_tier'), losses),
    ...ifTaken('verbosity', verbosity, speaks, 'medium', losses),
    ...ifTaken('prompt_cache_key', promptCacheKey, accent.takes.has('prompt_cache_key'), undefined, losses),
    ...writeEndUser(conversation, writing),
  };
}

/** Elsewhere every tier is the default one. */
function writeTier(tier: Conversation['serviceTier'], isTakenNow: boolean, losses: Losses): JsonObject {
  if (tier?.value === 'auto' && !isTakenNow) return {};
  return ifTaken('service_tier', tier, isTakenNow, 'default', losses);
}

/** `safety_identifier` and `user` have up to 64 characters; some clients name their users in more. */
const END_USER_CHARACTERS_MAX = 64;

function writeEndUser({ endUser }: Conversation, { accent, losses }: Writing): JsonObject {
  if (endUser === null) return {};
  if (accent.endUser === null) {
    losses.drop(endUser.at);
    return {};
  }
  if (endUser.value.length <= END_USER_CHARACTERS_MAX) return { [accent.endUser]: endUser.value };
  losses.change(endUser.at);
  return { [accent.endUser]: createHash('sha256').update(endUser.value).digest('hex') };
}
