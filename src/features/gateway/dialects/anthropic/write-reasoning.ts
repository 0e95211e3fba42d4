import type { Conversation, Effort, Reasoning } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import { budgetOfEffort, effortOfBudget, nearestEffort } from '#features/gateway/conversation/reasoning-effort';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import type { ModelTraits } from './model-traits.ts';

/** How the request thinks, and how much it may put out; the two depend on each other. */
export type Thinking = {
  readonly maxTokens: number;
  /** `thinking`; undefined leaves it to the model's default. */
  readonly thinking: JsonObject | undefined;
  readonly effort: Effort | undefined;
  /** Whether the model will think because it was asked to, or always does. */
  readonly isOn: boolean;
};

/** What the Messages API asks for when a client names no limit and nothing is known of the model. */
const MAX_TOKENS_DEFAULT = 4_096;

/** The least that `budget_tokens` may be. */
const BUDGET_MIN = 1_024;

export function writeThinking(conversation: Conversation, to: Target, traits: ModelTraits, losses: Losses): Thinking {
  const reasoning = conversation.reasoning;
  const plain = (thinking?: JsonObject, effort?: Effort): Thinking => ({
    maxTokens: maxTokens(conversation, to, 0, losses),
    thinking,
    effort,
    isOn: traits.alwaysThinks || thinking?.type === 'adaptive',
  });
  // A model that must call a tool, or go on with words of the client's, may not think; those are what it relies on.
  const mayThink = traits.alwaysThinks || !(isForced(conversation) || hasPrefill(conversation));
  if (reasoning === null) return mayThink || !traits.thinksByDefault ? plain() : plain({ type: 'disabled' });
  if (reasoning.value.mode === 'off' || reasoning.value.effort === 'none') {
    return traits.alwaysThinks
      ? plain(undefined, leastEffort(reasoning, losses))
      : plain({ type: 'disabled' }, effortWithoutThinking(reasoning, traits, losses));
  }
  if (!mayThink) {
    losses.drop(reasoning.at);
    return plain({ type: 'disabled' });
  }
  const asksForBudget = reasoning.value.budgetTokens !== null || !traits.takesAdaptive;
  if (traits.takesBudget && asksForBudget) return withBudget(conversation, reasoning, to, losses);
  return plain({ type: 'adaptive', ...display(reasoning, losses) }, adaptiveEffort(reasoning, traits, losses));
}

/** Whether a tool must be called. */
export function isForced({ toolChoice, tools }: Conversation): boolean {
  const type = toolChoice?.value.type;
  return tools.length > 0 && (type === 'required' || type === 'named');
}

/** The last turn is the assistant's, and not one that its provider paused. */
function hasPrefill({ turns }: Conversation): boolean {
  const last = turns.at(-1);
  return last?.role === 'assistant' && !last.parts.some((part) => part.type === 'native');
}

function leastEffort({ at }: Stated<Reasoning>, losses: Losses): Effort {
  losses.change(at);
  return 'low';
}

/** The effort governs the answer too; above `high` a model wants to think. */
function effortWithoutThinking(
  { value, at }: Stated<Reasoning>,
  traits: ModelTraits,
  losses: Losses,
): Effort | undefined {
  if (value.effort === null || value.effort === 'none') return undefined;
  const effort = traits.takesAdaptive ? nearestEffort(value.effort, ['low', 'medium', 'high']) : undefined;
  if (effort !== value.effort) losses.change(at);
  return effort;
}

function adaptiveEffort(reasoning: Stated<Reasoning>, traits: ModelTraits, losses: Losses): Effort | undefined {
  const { effort, budgetTokens } = reasoning.value;
  // A budget becomes a word, which is near it and not the same.
  if (budgetTokens !== null) losses.change(reasoning.at);
  const wanted = effort ?? (budgetTokens === null ? undefined : effortOfBudget(budgetTokens));
  if (wanted === undefined) return undefined;
  const words: readonly Effort[] = traits.takesXhighEffort
    ? ['low', 'medium', 'high', 'xhigh', 'max']
    : ['low', 'medium', 'high', 'max'];
  const nearest = nearestEffort(wanted, words);
  if (nearest !== effort && budgetTokens === null) losses.change(reasoning.at);
  return nearest;
}

function withBudget(conversation: Conversation, reasoning: Stated<Reasoning>, to: Target, losses: Losses): Thinking {
  const { budgetTokens, effort, mode } = reasoning.value;
  const stated = budgetTokens ?? budgetOfEffort(effort ?? 'medium');
  const wanted = Math.min(Math.max(Math.floor(stated), BUDGET_MIN), to.maxReasoningTokens ?? Number.MAX_SAFE_INTEGER);
  const most = maxTokens(conversation, to, wanted, losses);
  // The limit includes the thinking, so a quarter of it at least is left for the answer.
  const budget = wanted < most ? wanted : Math.max(BUDGET_MIN, Math.floor(most * 0.75));
  if (budget >= most) {
    losses.drop(reasoning.at);
    return { maxTokens: most, thinking: { type: 'disabled' }, effort: undefined, isOn: false };
  }
  if (budget !== stated || mode === 'adaptive') losses.change(reasoning.at);
  const thinking = { type: 'enabled', budget_tokens: budget, ...display(reasoning, losses) };
  return { maxTokens: most, thinking, effort: undefined, isOn: true };
}

/** The API shows a summary or nothing; what it is not told is left to the model, never forced. */
function display({ value, at }: Stated<Reasoning>, losses: Losses): JsonObject {
  if (value.display === null) return {};
  if (value.display === 'full') losses.change(`${at}.display`);
  return { display: value.display === 'omitted' ? 'omitted' : 'summarized' };
}

/**
 * `max_tokens`, which the API requires: what the client says, within what the model can; else all that the model can;
 * else 4096, and beside it what the thinking may take.
 */
function maxTokens(conversation: Conversation, to: Target, budget: number, losses: Losses): number {
  const cap = to.maxOutputTokens ?? Number.MAX_SAFE_INTEGER;
  const stated = conversation.maxOutputTokens;
  if (stated === null) return to.maxOutputTokens ?? MAX_TOKENS_DEFAULT + budget;
  if (stated.value > cap) losses.change(stated.at);
  return Math.min(stated.value, cap);
}
