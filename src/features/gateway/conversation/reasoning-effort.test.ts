import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EFFORTS } from './conversation.ts';
import { budgetOfEffort, effortOfBudget, nearestEffort } from './reasoning-effort.ts';

describe('a budget and a word for effort', () => {
  it.each(EFFORTS.map((effort) => [effort]))('%s comes back from its own budget', (effort) => {
    expect(effortOfBudget(budgetOfEffort(effort))).toBe(effort);
  });

  it.each([
    [0, 'none'],
    [1, 'minimal'],
    [1_024, 'minimal'],
    [1_025, 'low'],
    [10_000, 'high'],
    [65_537, 'max'],
    [Number.MAX_SAFE_INTEGER, 'max'],
  ])('%s tokens are %s', (tokens, effort) => {
    expect(effortOfBudget(tokens)).toBe(effort);
  });

  it('never gives less room than was asked for, up to the most', () => {
    fc.assert(
      fc.property(fc.nat(65_536), (tokens) => {
        expect(budgetOfEffort(effortOfBudget(tokens))).toBeGreaterThanOrEqual(tokens);
      }),
    );
  });
});

describe('the nearest word', () => {
  it.each([
    ['minimal', ['low', 'medium', 'high'], 'low'],
    ['xhigh', ['low', 'medium', 'high'], 'high'],
    ['medium', ['low', 'high'], 'low'],
    ['max', ['none'], 'none'],
    ['high', ['high', 'max'], 'high'],
  ] as const)('to %s among %j is %s', (effort, among, nearest) => {
    expect(nearestEffort(effort, among)).toBe(nearest);
  });

  it('is none where there are none', () => {
    expect(nearestEffort('high', [])).toBeUndefined();
  });
});
