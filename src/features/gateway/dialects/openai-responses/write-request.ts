import type { Conversation } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { traitsOf } from './model-traits.ts';
import { writeInput } from './write-input.ts';
import { writeReasoning } from './write-reasoning.ts';
import {
  dropUnknownSettings,
  writeMaxOutputTokens,
  writeNames,
  writeSampling,
  writeServiceTier,
  writeText,
} from './write-settings.ts';
import { writeToolChoice, writeTools } from './write-tools.ts';

/** Nothing is kept by the provider, so reasoning comes encrypted and goes back with the next request. */
export function writeRequest(conversation: Conversation, to: Target, losses: Losses): JsonObject {
  const traits = traitsOf(to.model);
  const reasoning = writeReasoning(conversation, traits, losses);
  const tools = writeTools(conversation, to, losses);
  dropUnknownSettings(conversation, losses);
  return {
    model: to.model,
    ...writeInput(conversation, to, traits, losses),
    ...(tools.length === 0 ? {} : { tools }),
    ...writeToolChoice(conversation, to, losses),
    ...writeMaxOutputTokens(conversation, to, losses),
    ...reasoning.members,
    ...writeSampling(conversation, traits, reasoning.effort, losses),
    ...writeText(conversation, traits, losses),
    ...writeServiceTier(conversation),
    ...writeNames(conversation, losses),
    store: false,
    ...(traits.reasons ? { include: ['reasoning.encrypted_content'] } : {}),
    ...(conversation.isStreaming ? { stream: true } : {}),
  };
}
