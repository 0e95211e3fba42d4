import {
  type Conversation,
  EFFORTS,
  type Effort,
  type OutputFormat,
  type Reasoning,
} from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { type JsonObject, stringMember } from '#foundation/json';
import { invalidRequest, noteBeyond, objectAt, statedString } from './request-place.ts';

const REASONING_MEMBERS = new Set(['effort', 'summary', 'generate_summary', 'mode', 'context']);

/** An effort that is stated asks for reasoning; a wish to see a summary alone leaves the rest to the model. */
export function readReasoning(body: JsonObject, beyond: string[]): Stated<Reasoning> | null {
  const reasoning = objectAt(body, 'reasoning', '');
  if (reasoning === undefined) return null;
  noteBeyond(reasoning, REASONING_MEMBERS, { at: 'reasoning', beyond });
  const { mode, context } = reasoning;
  if (mode !== undefined && mode !== null && mode !== 'standard') beyond.push('reasoning.mode');
  if (context !== undefined && context !== null && context !== 'auto') beyond.push('reasoning.context');
  const effort = readEffort(reasoning, beyond);
  const display = readDisplay(reasoning, beyond);
  if (effort === null && display === null) return null;
  const value: Reasoning = {
    mode: effort === null ? 'adaptive' : effort === 'none' ? 'off' : 'on',
    budgetTokens: null,
    effort,
    display,
  };
  return { value, at: 'reasoning' };
}

function readEffort({ effort: word }: JsonObject, beyond: string[]): Effort | null {
  if (word === undefined || word === null) return null;
  const effort = EFFORTS.find((known) => known === word);
  if (effort === undefined) beyond.push('reasoning.effort');
  return effort ?? null;
}

/** Others show a summary or none; how long it is to be is a wish that they do not know. */
function readDisplay(reasoning: JsonObject, beyond: string[]): Reasoning['display'] {
  const key = stringMember(reasoning, 'summary') === undefined ? 'generate_summary' : 'summary';
  const summary = stringMember(reasoning, key);
  if (summary === undefined || summary === 'none') return null;
  if (summary !== 'auto') beyond.push(`reasoning.${key}`);
  return 'summarized';
}

const TEXT_MEMBERS = new Set(['format', 'verbosity']);
const FORMAT_MEMBERS = new Set(['type', 'name', 'description', 'schema', 'strict']);

export function readOutputFormat(body: JsonObject, beyond: string[]): Stated<OutputFormat> | null {
  const text = objectAt(body, 'text', '');
  if (text === undefined) return null;
  noteBeyond(text, TEXT_MEMBERS, { at: 'text', beyond });
  const format = objectAt(text, 'format', 'text');
  if (format === undefined || format.type === 'text') return null;
  const at = 'text.format';
  if (format.type === 'json_object') return { value: { type: 'json' }, at };
  if (format.type !== 'json_schema') {
    beyond.push(at);
    return null;
  }
  noteBeyond(format, FORMAT_MEMBERS, { at, beyond });
  const schema = objectAt(format, 'schema', at);
  if (schema === undefined) throw invalidRequest(`${at}.schema`, 'an object is required', 'send a JSON Schema');
  const value: OutputFormat = {
    type: 'json_schema',
    name: stringMember(format, 'name') ?? null,
    description: stringMember(format, 'description') ?? null,
    schema,
    strict: typeof format.strict === 'boolean' ? format.strict : null,
  };
  return { value, at };
}

export function readVerbosity(body: JsonObject, beyond: string[]): Conversation['verbosity'] {
  const word = objectAt(body, 'text', '')?.verbosity;
  if (word === undefined || word === null) return null;
  const at = 'text.verbosity';
  if (word === 'low' || word === 'medium' || word === 'high') return { value: word, at };
  beyond.push(at);
  return null;
}

/** `fast` is another name of `priority`. */
export function readServiceTier(body: JsonObject, beyond: string[]): Conversation['serviceTier'] {
  const at = 'service_tier';
  const tier = body[at];
  if (tier === undefined || tier === null) return null;
  if (tier === 'auto' || tier === 'default' || tier === 'flex' || tier === 'priority') return { value: tier, at };
  if (tier === 'fast') return { value: 'priority', at };
  beyond.push(at);
  return null;
}

/** `user` is what `safety_identifier` was called before. */
export function readEndUser(body: JsonObject, beyond: string[]): Stated<string> | null {
  const identifier = statedString(body, 'safety_identifier');
  const user = statedString(body, 'user');
  if (identifier === null) return user;
  if (user !== null && user.value !== identifier.value) beyond.push(user.at);
  return identifier;
}
