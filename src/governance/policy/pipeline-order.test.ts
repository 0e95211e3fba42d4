import { describe, expect, it } from 'vitest';
import type { Check } from './check.ts';
import { pipelineOrder } from './pipeline-order.ts';

const checks: readonly Check[] = ['scope_check', 'secret_scan', 'tool_blocklist', 'rate_limit'].map((id) => ({
  id,
  appliesTo: ['hook'],
  budgetMicros: 1_000,
  judge: () => ({ result: 'pass', detail: '' }),
}));

const ordered = (...listed: string[]) => pipelineOrder(checks, listed).map((check) => check.id);

describe('the order of the pipeline', () => {
  it('is that of the table when nothing is listed', () => {
    expect(ordered()).toEqual(['scope_check', 'secret_scan', 'tool_blocklist', 'rate_limit']);
  });

  it('is as listed, and what is not listed still runs', () => {
    expect(ordered('tool_blocklist', 'secret_scan')).toEqual([
      'tool_blocklist',
      'secret_scan',
      'scope_check',
      'rate_limit',
    ]);
  });

  it('keeps the limit last, because it charges as it passes', () => {
    expect(ordered('rate_limit', 'secret_scan')).toEqual([
      'secret_scan',
      'scope_check',
      'tool_blocklist',
      'rate_limit',
    ]);
  });
});
