import type { Conversation } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { createCacheMarkerWriter } from './cache-markers.ts';
import { traitsOf } from './model-traits.ts';
import { createBlockWriter } from './write-blocks.ts';
import { writeThinking } from './write-reasoning.ts';
import {
  dropUnknownSettings,
  writeMetadata,
  writeOutputConfig,
  writeSampling,
  writeServiceTier,
  writeStopSequences,
  writeToolChoice,
} from './write-settings.ts';
import { writeTools } from './write-tools.ts';
import { writeMessages } from './write-turns.ts';

export function writeRequest(conversation: Conversation, to: Target, losses: Losses): JsonObject {
  const traits = traitsOf(to.model, to.provider);
  const markers = createCacheMarkerWriter(losses);
  const thinking = writeThinking(conversation, to, traits, losses);
  dropUnknownSettings(conversation, losses);
  // The order of the prefix, in which the markers count: tools, system, messages.
  const tools = writeTools(conversation, to, markers, losses);
  const blocks = createBlockWriter(to, markers, losses);
  const system = blocks.texts(conversation.system);
  const messages = writeMessages(conversation.turns, blocks, traits, losses);
  return {
    model: to.model,
    max_tokens: thinking.maxTokens,
    ...(tools.length === 0 ? {} : { tools }),
    ...writeToolChoice(conversation, to, traits, losses),
    ...(system.length === 0 ? {} : { system }),
    messages,
    ...(thinking.thinking === undefined ? {} : { thinking: thinking.thinking }),
    ...writeOutputConfig(conversation, thinking, losses),
    ...writeSampling(conversation, traits, thinking.isOn, losses),
    ...writeStopSequences(conversation, losses),
    ...writeServiceTier(conversation, losses),
    ...writeMetadata(conversation, losses),
    ...(conversation.isStreaming ? { stream: true } : {}),
  };
}
