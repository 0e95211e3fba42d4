import type { BudgetConfig } from './config.ts';

/** `10 dollars and 500 requests in 24h for each user` */
export function describeBudget({ limits, window, per }: Pick<BudgetConfig, 'limits' | 'window' | 'per'>): string {
  const parts = [
    limits.cost_dollars === undefined ? [] : [`${limits.cost_dollars} dollars`],
    limits.requests === undefined ? [] : [`${limits.requests} requests`],
    limits.input_tokens === undefined ? [] : [`${limits.input_tokens} input tokens`],
    limits.output_tokens === undefined ? [] : [`${limits.output_tokens} output tokens`],
  ].flat();
  const span = /^\d/.test(window) ? `in ${window}` : `a ${window}`;
  return `${parts.join(' and ')} ${span} for ${per === 'all' ? 'all together' : `each ${per}`}`;
}
