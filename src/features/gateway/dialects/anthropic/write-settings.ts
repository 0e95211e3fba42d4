import { createHash } from 'node:crypto';
import type { Conversation, OutputFormat } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import type { ModelTraits } from './model-traits.ts';
import { isForced, type Thinking } from './write-reasoning.ts';

/** Names of tools are `^[a-zA-Z0-9_-]{1,128}$`. */
export const TOOL_NAME_CHARACTERS_MAX = 128;

const USER_ID_CHARACTERS_MAX = 256;

export function writeSampling(
  conversation: Conversation,
  traits: ModelTraits,
  isThinking: boolean,
  losses: Losses,
): JsonObject {
  const { temperature, topP, topK } = conversation;
  const written: { temperature?: number; top_p?: number; top_k?: number } = {};
  if (temperature !== null) {
    // A model that thinks has a temperature of one, and says so by an error.
    if (!traits.takesSampling || (isThinking && temperature.value !== 1)) losses.drop(temperature.at);
    else {
      written.temperature = Math.min(Math.max(temperature.value, 0), 1);
      if (written.temperature !== temperature.value) losses.change(temperature.at);
    }
  }
  if (topP !== null) {
    const isTooMuch = written.temperature !== undefined && !traits.takesTemperatureWithTopP;
    if (!traits.takesSampling || isTooMuch || (isThinking && topP.value < 0.95)) losses.drop(topP.at);
    else written.top_p = topP.value;
  }
  if (topK !== null) {
    if (!traits.takesSampling || isThinking) losses.drop(topK.at);
    else written.top_k = topK.value;
  }
  return written;
}

/** What no Messages API has a word for; what asks for the default loses nothing. */
export function dropUnknownSettings(conversation: Conversation, losses: Losses): void {
  const { seed, frequencyPenalty, presencePenalty, verbosity, promptCacheKey } = conversation;
  if (seed !== null) losses.drop(seed.at);
  if (frequencyPenalty !== null && frequencyPenalty.value !== 0) losses.drop(frequencyPenalty.at);
  if (presencePenalty !== null && presencePenalty.value !== 0) losses.drop(presencePenalty.at);
  if (verbosity !== null && verbosity.value !== 'medium') losses.drop(verbosity.at);
  if (promptCacheKey !== null) losses.drop(promptCacheKey.at);
}

/** A sequence of white space alone is refused upstream. */
export function writeStopSequences({ stopSequences }: Conversation, losses: Losses): JsonObject {
  if (stopSequences === null) return {};
  const kept = stopSequences.value.filter((sequence) => sequence.trim() !== '');
  if (kept.length < stopSequences.value.length) losses.drop(stopSequences.at);
  return kept.length === 0 ? {} : { stop_sequences: kept };
}

/** `tool_choice` and whether more than one tool may be called at a time; both only where there are tools. */
export function writeToolChoice(
  conversation: Conversation,
  to: Target,
  traits: ModelTraits,
  losses: Losses,
): JsonObject {
  const { tools, toolChoice, parallelToolCalls } = conversation;
  if (tools.length === 0) {
    const type = toolChoice?.value.type;
    if (toolChoice !== null && (type === 'required' || type === 'named')) losses.drop(toolChoice.at);
    return {};
  }
  const choice = writeChoice(conversation, to, traits, losses);
  const single = parallelToolCalls?.value === false && choice?.type !== 'none';
  if (choice === undefined && !single) return {};
  return { tool_choice: { ...(choice ?? { type: 'auto' }), ...(single ? { disable_parallel_tool_use: true } : {}) } };
}

function writeChoice(
  conversation: Conversation,
  to: Target,
  traits: ModelTraits,
  losses: Losses,
): JsonObject | undefined {
  const { toolChoice } = conversation;
  if (toolChoice === null) return undefined;
  const { value, at } = toolChoice;
  if (isForced(conversation) && traits.alwaysThinks) {
    losses.change(at);
    return { type: 'auto' };
  }
  if (value.type === 'named') return { type: 'tool', name: to.toolNames.outward(value.name, TOOL_NAME_CHARACTERS_MAX) };
  if (value.type !== 'required') return { type: value.type };
  const [only, ...others] = value.names ?? [];
  if (only === undefined) return { type: 'any' };
  if (others.length === 0) return { type: 'tool', name: to.toolNames.outward(only, TOOL_NAME_CHARACTERS_MAX) };
  losses.change(at);
  return { type: 'any' };
}

/** `output_config`: the effort, and the form of the answer. */
export function writeOutputConfig(conversation: Conversation, { effort }: Thinking, losses: Losses): JsonObject {
  const format = writeFormat(conversation.outputFormat, losses);
  if (effort === undefined && format === undefined) return {};
  return {
    output_config: { ...(effort === undefined ? {} : { effort }), ...(format === undefined ? {} : { format }) },
  };
}

function writeFormat(format: Stated<OutputFormat> | null, losses: Losses): JsonObject | undefined {
  if (format === null) return undefined;
  const { value, at } = format;
  if (value.type === 'json') {
    losses.drop(at);
    return undefined;
  }
  // The model keeps to the schema always.
  if (value.strict === false) losses.change(at);
  return { type: 'json_schema', schema: described(value) };
}

/** The name and the description of a schema stand in the schema, where it has none of its own. */
function described({ schema, name, description }: OutputFormat & { readonly type: 'json_schema' }): JsonObject {
  if (!isJsonObject(schema)) return {};
  return {
    ...schema,
    ...(name === null || schema.title !== undefined ? {} : { title: name }),
    ...(description === null || schema.description !== undefined ? {} : { description }),
  };
}

export function writeServiceTier({ serviceTier }: Conversation, losses: Losses): JsonObject {
  if (serviceTier === null) return {};
  const { value, at } = serviceTier;
  if (value === 'auto') return { service_tier: 'auto' };
  if (value === 'default') return { service_tier: 'standard_only' };
  if (value === 'flex') {
    losses.drop(at);
    return {};
  }
  // `auto` takes the capacity that was bought in advance where there is some, which is what comes nearest.
  losses.change(at);
  return { service_tier: 'auto' };
}

export function writeMetadata({ endUser }: Conversation, losses: Losses): JsonObject {
  if (endUser === null) return {};
  if (endUser.value.length <= USER_ID_CHARACTERS_MAX) return { metadata: { user_id: endUser.value } };
  losses.change(endUser.at);
  return { metadata: { user_id: createHash('sha256').update(endUser.value).digest('hex') } };
}
