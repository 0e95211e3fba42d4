import {
  type Conversation,
  EFFORTS,
  type Effort,
  type OutputFormat,
  type Reasoning,
  type ToolChoice,
} from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, numberMember, stringMember } from '#foundation/json';
import { invalidRequest, noteBeyond, objectAt, type Place, requiredString } from './request-place.ts';

/** From `thinking` and `output_config.effort`; an effort alone leaves it to the model how long it thinks. */
export function readReasoning(body: JsonObject, place: Place): Stated<Reasoning> | null {
  const effort = readEffort(body, place);
  const thinking = objectAt(body, 'thinking', '');
  if (thinking === undefined) {
    if (effort === null) return null;
    const value: Reasoning = { mode: 'adaptive', budgetTokens: null, effort, display: null };
    return { value, at: 'output_config.effort' };
  }
  noteBeyond(thinking, new Set(['type', 'budget_tokens', 'display']), { ...place, at: 'thinking' });
  return {
    value: {
      mode: readMode(thinking, place),
      budgetTokens: numberMember(thinking, 'budget_tokens') ?? null,
      effort,
      display: readDisplay(thinking, place),
    },
    at: 'thinking',
  };
}

function readMode(thinking: JsonObject, { beyond }: Place): Reasoning['mode'] {
  const type = requiredString(thinking, 'type', 'thinking');
  if (type === 'enabled') return 'on';
  if (type === 'disabled') return 'off';
  // `between_tools`, and what comes later, is thinking that the model governs in ways that nobody else knows.
  if (type !== 'adaptive') beyond.push('thinking.type');
  return 'adaptive';
}

function readDisplay(thinking: JsonObject, { beyond }: Place): Reasoning['display'] {
  const { display } = thinking;
  if (display === undefined || display === null) return null;
  if (display === 'summarized' || display === 'omitted') return display;
  beyond.push('thinking.display');
  return null;
}

function readEffort(body: JsonObject, { beyond }: Place): Effort | null {
  const config = objectAt(body, 'output_config', '');
  if (config === undefined) return null;
  noteBeyond(config, new Set(['effort', 'format']), { beyond, at: 'output_config' });
  const word = config.effort;
  if (word === undefined || word === null) return null;
  const effort = EFFORTS.find((known) => known === word);
  if (effort === undefined) beyond.push('output_config.effort');
  return effort ?? null;
}

/** `output_format` is the name that `output_config.format` had in its beta. */
export function readOutputFormat(body: JsonObject, { beyond }: Place): Stated<OutputFormat> | null {
  const config = objectAt(body, 'output_config', '') ?? {};
  const format = objectAt(config, 'format', 'output_config') ?? objectAt(body, 'output_format', '');
  if (format === undefined) return null;
  const at = isJsonObject(config.format) ? 'output_config.format' : 'output_format';
  if (format.type !== 'json_schema') {
    beyond.push(at);
    return null;
  }
  noteBeyond(format, new Set(['type', 'schema']), { beyond, at });
  const schema = objectAt(format, 'schema', at);
  if (schema === undefined) throw invalidRequest(`${at}.schema`, 'an object is required', 'send a JSON Schema');
  return { value: { type: 'json_schema', name: null, description: null, schema, strict: null }, at };
}

export function readToolChoice(
  body: JsonObject,
  { beyond }: Place,
): Pick<Conversation, 'toolChoice' | 'parallelToolCalls'> {
  const choice = objectAt(body, 'tool_choice', '');
  if (choice === undefined) return { toolChoice: null, parallelToolCalls: null };
  noteBeyond(choice, new Set(['type', 'name', 'disable_parallel_tool_use']), { beyond, at: 'tool_choice' });
  const disabled = choice.disable_parallel_tool_use;
  return {
    toolChoice: { value: choiceOf(choice), at: 'tool_choice' },
    parallelToolCalls:
      typeof disabled === 'boolean' ? { value: !disabled, at: 'tool_choice.disable_parallel_tool_use' } : null,
  };
}

function choiceOf(choice: JsonObject): ToolChoice {
  switch (choice.type) {
    case 'auto':
    case 'none':
      return { type: choice.type };
    case 'any':
      return { type: 'required', names: null };
    case 'tool':
      return { type: 'named', name: requiredString(choice, 'name', 'tool_choice') };
    default:
      throw invalidRequest('tool_choice.type', 'auto, any, tool or none is required', 'send one of them');
  }
}

export function readServiceTier(body: JsonObject, { beyond }: Place): Conversation['serviceTier'] {
  const tier = stringMember(body, 'service_tier');
  if (tier === undefined) return null;
  if (tier === 'auto') return { value: 'auto', at: 'service_tier' };
  if (tier === 'standard_only') return { value: 'default', at: 'service_tier' };
  beyond.push('service_tier');
  return null;
}
