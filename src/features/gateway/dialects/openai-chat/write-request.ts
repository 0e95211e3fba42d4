import type { Conversation } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { accentOf } from './accents.ts';
import { traitsOf } from './model-traits.ts';
import { writeMessages } from './write-messages.ts';
import { hasFunctions, writeReasoning } from './write-reasoning.ts';
import { writeLimits, writeOutputFormat, writeSampling, writeUserSettings } from './write-settings.ts';
import { writeToolChoice, writeTools } from './write-tools.ts';
import type { Writing } from './writing.ts';

export function writeRequest(conversation: Conversation, to: Target, losses: Losses): JsonObject {
  const accent = accentOf(to.provider);
  const traits = traitsOf(accent.takes.has('model_traits') ? to.model : '');
  const writing: Writing = { to, accent, traits, losses };
  const reasoning = writeReasoning(conversation, writing);
  const { isStreaming } = conversation;
  return {
    model: to.model,
    ...writeTools(conversation, writing),
    ...(hasFunctions(conversation) ? writeToolChoice(conversation, writing) : unforced(conversation, losses)),
    ...writeMessages(conversation, writing),
    ...reasoning.members,
    ...writeLimits(conversation, writing, reasoning.isOn),
    ...writeSampling(conversation, writing, reasoning.isOn),
    ...writeOutputFormat(conversation, writing),
    ...writeUserSettings(conversation, writing),
    ...(isStreaming ? { stream: true } : {}),
    // Nothing else tells what the answer cost.
    ...(isStreaming && accent.takes.has('stream_options') ? { stream_options: { include_usage: true } } : {}),
  };
}

/** Without functions there is nothing to choose, and saying so is refused. */
function unforced({ toolChoice }: Conversation, losses: Losses): JsonObject {
  const type = toolChoice?.value.type;
  if (toolChoice !== null && (type === 'required' || type === 'named')) losses.drop(toolChoice.at);
  return {};
}
