import type { Conversation, Effort, Reasoning } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import { budgetOfEffort, effortOfBudget, nearestEffort } from '#features/gateway/conversation/reasoning-effort';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { generationOf, type ModelGeneration } from './model-generation.ts';

/** What is left of the output for the answer itself, at least. */
const ANSWER_SHARE = 0.25;

/** `thinkingConfig` as the model's generation takes it; undefined where nothing is to be said. */
export function writeThinking(conversation: Conversation, to: Target, losses: Losses): JsonObject | undefined {
  const { reasoning } = conversation;
  if (reasoning === null) return undefined;
  const generation = generationOf(to.model);
  const isOff = reasoning.value.mode === 'off' || reasoning.value.effort === 'none';
  if (!generation.isThird && generation.budget === null) {
    if (!isOff) losses.drop(reasoning.at);
    return undefined;
  }
  const amount = generation.isThird
    ? levelOf(reasoning, isOff, generation, losses)
    : budgetOf(reasoning, isOff, generation, limits(conversation, to), losses);
  const config = { ...amount, ...(isOff ? {} : includeThoughts(conversation, reasoning, losses)) };
  return Object.keys(config).length === 0 ? undefined : config;
}

function levelOf(
  { value, at }: Stated<Reasoning>,
  isOff: boolean,
  { levels }: ModelGeneration,
  losses: Losses,
): JsonObject {
  const wanted = isOff
    ? 'none'
    : (value.effort ?? (value.budgetTokens === null ? null : effortOfBudget(value.budgetTokens)));
  if (wanted === null) return {};
  const level = nearestEffort(wanted, levels);
  if (level === undefined) return {};
  if (level !== wanted || value.effort === null) losses.change(at);
  return { thinkingLevel: level.toUpperCase() };
}

/** The most that may be thought: what the model can, and what leaves room for an answer. */
function limits({ maxOutputTokens }: Conversation, to: Target): { cap: number; output: number } {
  const output = maxOutputTokens === null ? Number.POSITIVE_INFINITY : maxOutputTokens.value;
  return { cap: to.maxReasoningTokens ?? Number.POSITIVE_INFINITY, output };
}

function budgetOf(
  { value, at }: Stated<Reasoning>,
  isOff: boolean,
  { budget }: ModelGeneration,
  { cap, output }: { readonly cap: number; readonly output: number },
  losses: Losses,
): JsonObject {
  if (budget === null) return {};
  if (isOff) {
    if (!budget.canBeOff) losses.change(at);
    return { thinkingBudget: budget.canBeOff ? 0 : budget.min };
  }
  const wanted = value.budgetTokens ?? effortBudget(value);
  if (wanted === null) {
    if (value.effort !== null) losses.change(at);
    return value.mode === 'adaptive' ? { thinkingBudget: -1 } : {};
  }
  // Thinking counts as output: a budget that takes it all leaves no answer.
  const room = wanted < output ? wanted : Math.floor(output * (1 - ANSWER_SHARE));
  const tokens = Math.max(budget.min, Math.min(room, budget.max, cap));
  if (tokens !== wanted || value.budgetTokens === null) losses.change(at);
  return { thinkingBudget: tokens };
}

function effortBudget({ mode, effort }: Reasoning): number | null {
  const known: Effort | null = mode === 'adaptive' ? null : effort;
  return known === null ? null : budgetOfEffort(known);
}

/** Gemini shows summaries only. Who asked the Messages API to think expects to see it, without another word. */
function includeThoughts({ dialect }: Conversation, { value, at }: Stated<Reasoning>, losses: Losses): JsonObject {
  if (value.display === null) return dialect === 'anthropic' ? { includeThoughts: true } : {};
  if (value.display === 'full') losses.change(at);
  return { includeThoughts: value.display !== 'omitted' };
}
