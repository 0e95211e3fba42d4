import { describe, expect, it } from 'vitest';
import type { Check } from './check.ts';
import { pipelineOrder } from './pipeline-order.ts';

const checks: readonly Check[] = ['scope_check', 'secret_scan', 'tool_blocklist', 'budget', 'rate_limit'].map((id) => ({
  id,
  appliesTo: ['hook'],
  budgetMicros: 1_000,
  judge: () => ({ result: 'pass', detail: '' }),
}));

const ordered = (...listed: string[]) => pipelineOrder(checks, listed).map((check) => check.id);

describe('the order of the pipeline', () => {
  it('is that of the table when nothing is listed', () => {
    expect(ordered()).toEqual(['scope_check', 'secret_scan', 'tool_blocklist', 'budget', 'rate_limit']);
  });

  it('is as listed, and what is not listed still runs', () => {
    expect(ordered('tool_blocklist', 'secret_scan')).toEqual([
      'tool_blocklist',
      'secret_scan',
      'scope_check',
      'budget',
      'rate_limit',
    ]);
  });

  it('keeps last what charges as it passes, and the rate limit behind the budgets', () => {
    expect(ordered('rate_limit', 'budget', 'secret_scan')).toEqual([
      'secret_scan',
      'scope_check',
      'tool_blocklist',
      'budget',
      'rate_limit',
    ]);
  });
});
