import { createHash } from 'node:crypto';
import type { Conversation, Effort, OutputFormat } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import { acceptableCallId } from '#features/gateway/conversation/tool-names';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import type { ModelTraits } from './model-traits.ts';

/** The API refuses less. */
const OUTPUT_TOKENS_MIN = 16;

const FORMAT_NAME_CHARACTERS_MAX = 64;

/** Of `safety_identifier` and `prompt_cache_key`. */
const NAME_CHARACTERS_MAX = 64;

export function writeMaxOutputTokens(
  { maxOutputTokens: stated }: Conversation,
  to: Target,
  losses: Losses,
): JsonObject {
  if (stated === null) return {};
  const most = Math.min(stated.value, to.maxOutputTokens ?? stated.value);
  const written = Math.max(most, OUTPUT_TOKENS_MIN);
  if (written !== stated.value) losses.change(stated.at);
  return { max_output_tokens: written };
}

/** Reasoning models refuse them; one is the default of both. */
export function writeSampling(
  { temperature, topP }: Conversation,
  { takesSampling }: ModelTraits,
  effort: Effort,
  losses: Losses,
): JsonObject {
  const isTaken = takesSampling === 'always' || (takesSampling === 'without_reasoning' && effort === 'none');
  const kept = (stated: Stated<number> | null) => {
    if (stated === null || isTaken) return stated?.value;
    if (stated.value !== 1) losses.drop(stated.at);
    return undefined;
  };
  const written = { temperature: kept(temperature), top_p: kept(topP) };
  return {
    ...(written.temperature === undefined ? {} : { temperature: written.temperature }),
    ...(written.top_p === undefined ? {} : { top_p: written.top_p }),
  };
}

/** What this API has no word for; what asks for the default loses nothing. */
export function dropUnknownSettings(conversation: Conversation, losses: Losses): void {
  const { topK, seed, stopSequences, frequencyPenalty, presencePenalty } = conversation;
  for (const stated of [topK, seed, stopSequences]) if (stated !== null) losses.drop(stated.at);
  for (const penalty of [frequencyPenalty, presencePenalty]) {
    if (penalty !== null && penalty.value !== 0) losses.drop(penalty.at);
  }
}

/** `text`: the form of the answer, and how many words it may make. */
export function writeText(conversation: Conversation, traits: ModelTraits, losses: Losses): JsonObject {
  const format = writeFormat(conversation.outputFormat, losses);
  const verbosity = writeVerbosity(conversation, traits, losses);
  if (format === undefined && verbosity === undefined) return {};
  return {
    text: { ...(format === undefined ? {} : { format }), ...(verbosity === undefined ? {} : { verbosity }) },
  };
}

function writeVerbosity({ verbosity }: Conversation, traits: ModelTraits, losses: Losses): string | undefined {
  if (verbosity === null || traits.takesVerbosity) return verbosity?.value;
  if (verbosity.value !== 'medium') losses.drop(verbosity.at);
  return undefined;
}

/** A schema must have a name, which only its client reads. */
function writeFormat(stated: Stated<OutputFormat> | null, losses: Losses): JsonObject | undefined {
  if (stated === null) return undefined;
  const { value, at } = stated;
  if (value.type === 'json') return { type: 'json_object' };
  const name = acceptableCallId(value.name ?? 'answer', FORMAT_NAME_CHARACTERS_MAX);
  if (value.name !== null && name !== value.name) losses.change(`${at}.name`);
  return {
    type: 'json_schema',
    name,
    ...(value.description === null ? {} : { description: value.description }),
    schema: value.schema,
    ...(value.strict === null ? {} : { strict: value.strict }),
  };
}

export function writeServiceTier({ serviceTier }: Conversation): JsonObject {
  return serviceTier === null ? {} : { service_tier: serviceTier.value };
}

/** Who the end user is, and which cache is asked; both too long for the API become their digest. */
export function writeNames({ endUser, promptCacheKey }: Conversation, losses: Losses): JsonObject {
  return {
    ...(endUser === null ? {} : { safety_identifier: shortName(endUser, losses) }),
    ...(promptCacheKey === null ? {} : { prompt_cache_key: shortName(promptCacheKey, losses) }),
  };
}

function shortName({ value, at }: Stated<string>, losses: Losses): string {
  if (value.length <= NAME_CHARACTERS_MAX) return value;
  losses.change(at);
  return createHash('sha256').update(value).digest('hex');
}
