/**
 * Between a budget of tokens and a word for effort. No provider publishes what its words amount to, so the table is
 * ours, stated in docs/decisions/0003-one-intermediate.md, and used in both directions.
 */
import type { Effort } from './conversation.ts';

const BUDGETS: readonly (readonly [Effort, number])[] = [
  ['none', 0],
  ['minimal', 1_024],
  ['low', 2_048],
  ['medium', 8_192],
  ['high', 16_384],
  ['xhigh', 32_768],
  ['max', 65_536],
];

/** The least effort whose budget is at least `tokens`; `max` above all of them. */
export function effortOfBudget(tokens: number): Effort {
  return BUDGETS.find(([, budget]) => budget >= tokens)?.[0] ?? 'max';
}

export function budgetOfEffort(effort: Effort): number {
  return BUDGETS.find(([name]) => name === effort)?.[1] ?? 0;
}

/** The nearest word that a target has; of two equally near the lesser one. `among` is in the order of effort. */
export function nearestEffort(effort: Effort, among: readonly Effort[]): Effort | undefined {
  const place = (word: Effort) => BUDGETS.findIndex(([name]) => name === word);
  let best: Effort | undefined;
  for (const candidate of among) {
    if (best === undefined || Math.abs(place(candidate) - place(effort)) < Math.abs(place(best) - place(effort))) {
      best = candidate;
    }
  }
  return best;
}
