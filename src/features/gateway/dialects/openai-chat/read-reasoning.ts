import { EFFORTS, type Effort, type Reasoning } from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, numberMember } from '#foundation/json';
import { noteBeyond, type Place } from './request-place.ts';

/** OpenAI has the effort alone; the others are how OpenRouter, DeepSeek, Kimi and Qwen are asked to think. */
export const REASONING_MEMBERS = [
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
] as const;

/** How the client wants the model to think, in whichever accent it says so. */
export function readReasoningSettings(body: JsonObject, place: Place): Stated<Reasoning> | null {
  const at = REASONING_MEMBERS.find((key) => body[key] !== undefined && body[key] !== null);
  if (at === undefined) return null;
  const effort = readEffort(body.reasoning_effort, 'reasoning_effort', place);
  const nested = readNested(body.reasoning, place);
  const thinking = readThinking(body.thinking, place);
  const budgetTokens = nested.budgetTokens ?? thinking.budgetTokens ?? positive(body, 'thinking_budget');
  const wanted = effort ?? nested.effort;
  const isOn =
    thinking.isOn ?? nested.isOn ?? (typeof body.enable_thinking === 'boolean' ? body.enable_thinking : null);
  if (isOn === false || wanted === 'none') {
    return { value: { mode: 'off', budgetTokens: null, effort: wanted, display: null }, at };
  }
  if (isOn === null && wanted === null && budgetTokens === null) return null;
  const mode = thinking.isAdaptive || (wanted === null && budgetTokens === null) ? 'adaptive' : 'on';
  return { value: { mode, budgetTokens, effort: wanted, display: nested.display }, at };
}

/** A word that is no effort, such as `default`, leaves it to the model, and is told. */
function readEffort(word: JsonValue | undefined, at: string, { beyond }: Place): Effort | null {
  if (word === undefined || word === null) return null;
  const effort = EFFORTS.find((known) => known === word);
  if (effort === undefined) beyond.push(at);
  return effort ?? null;
}

type Asked = {
  readonly isOn: boolean | null;
  readonly effort: Effort | null;
  readonly budgetTokens: number | null;
  readonly display: Reasoning['display'];
};

const NOT_ASKED: Asked = { isOn: null, effort: null, budgetTokens: null, display: null };

/** OpenRouter's `reasoning: {effort, max_tokens, exclude, enabled}`. */
function readNested(reasoning: JsonValue | undefined, place: Place): Asked {
  if (!isJsonObject(reasoning)) return NOT_ASKED;
  noteBeyond(reasoning, new Set(['effort', 'max_tokens', 'exclude', 'enabled']), { ...place, at: 'reasoning' });
  return {
    isOn: typeof reasoning.enabled === 'boolean' ? reasoning.enabled : null,
    effort: readEffort(reasoning.effort, 'reasoning.effort', place),
    budgetTokens: positive(reasoning, 'max_tokens'),
    display: reasoning.exclude === true ? 'omitted' : null,
  };
}

/** `thinking: {type, budget_tokens}` of the Messages API, which DeepSeek and Kimi have taken over. */
function readThinking(
  thinking: JsonValue | undefined,
  place: Place,
): Pick<Asked, 'isOn' | 'budgetTokens'> & { readonly isAdaptive: boolean } {
  if (!isJsonObject(thinking)) return { ...NOT_ASKED, isAdaptive: false };
  noteBeyond(thinking, new Set(['type', 'budget_tokens']), { ...place, at: 'thinking' });
  const { type } = thinking;
  return {
    isOn: type !== 'disabled',
    budgetTokens: positive(thinking, 'budget_tokens'),
    isAdaptive: type === 'adaptive',
  };
}

function positive(object: JsonObject, key: string): number | null {
  const number = numberMember(object, key);
  return number !== undefined && number > 0 ? number : null;
}
