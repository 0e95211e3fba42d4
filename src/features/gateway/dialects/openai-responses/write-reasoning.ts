import type { Conversation, Effort, Reasoning } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import { effortOfBudget, nearestEffort } from '#features/gateway/conversation/reasoning-effort';
import type { JsonObject } from '#foundation/json';
import type { ModelTraits } from './model-traits.ts';

export type WrittenReasoning = {
  /** `reasoning`, or nothing, which leaves it to the model. */
  readonly members: JsonObject;
  /** With which the model will reason; `none` where it will not. */
  readonly effort: Effort;
};

export function writeReasoning({ reasoning }: Conversation, traits: ModelTraits, losses: Losses): WrittenReasoning {
  const unasked = traits.reasons ? traits.effortByDefault : 'none';
  if (reasoning === null) return { members: {}, effort: unasked };
  const isOff = reasoning.value.mode === 'off' || reasoning.value.effort === 'none';
  if (!traits.reasons) {
    if (!isOff) losses.drop(reasoning.at);
    return { members: {}, effort: 'none' };
  }
  const effort = isOff ? leastEffort(reasoning, traits, losses) : effortOf(reasoning, traits, losses);
  const summary = effort === 'none' ? undefined : summaryOf(reasoning, losses);
  const value = { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) };
  return { members: Object.keys(value).length === 0 ? {} : { reasoning: value }, effort: effort ?? unasked };
}

/** A model that cannot be told to be quiet is told to be brief. */
function leastEffort({ at }: Stated<Reasoning>, { efforts }: ModelTraits, losses: Losses): Effort | undefined {
  const [least] = efforts;
  if (least !== 'none') losses.change(at);
  return least;
}

function effortOf({ value, at }: Stated<Reasoning>, { efforts }: ModelTraits, losses: Losses): Effort | undefined {
  const { effort, budgetTokens } = value;
  // A budget becomes a word, which is near it and not the same.
  if (effort === null && budgetTokens === null) return undefined;
  const wanted = effort ?? effortOfBudget(budgetTokens ?? 0);
  const among = efforts.filter((word) => word !== 'none');
  const nearest = nearestEffort(wanted, among);
  if (budgetTokens !== null || nearest !== effort) losses.change(at);
  return nearest;
}

/** What a client does not ask to see is left to the model, never forced. */
function summaryOf({ value, at }: Stated<Reasoning>, losses: Losses): string | undefined {
  if (value.display === null || value.display === 'omitted') return undefined;
  if (value.display === 'full') losses.change(`${at}.display`);
  return 'auto';
}
