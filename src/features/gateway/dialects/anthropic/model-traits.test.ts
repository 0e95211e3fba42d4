import { describe, expect, it } from 'vitest';
import { traitsOf } from './model-traits.ts';

describe('what a model takes of the Messages API', () => {
  it.each([
    ['claude-3-opus-20240229', true, false],
    ['claude-3-7-sonnet-20250219', true, false],
    ['claude-opus-4-20250514', true, false],
    ['claude-sonnet-4-5@20250929', true, false],
    ['claude-opus-4-6', true, true],
    ['anthropic/claude-opus-4.7', false, true],
    ['us.anthropic.claude-opus-4-8-v1:0', false, true],
    ['claude-sonnet-5', false, true],
    ['claude-mythos-preview', false, true],
    ['kimi-k2', true, false],
  ])('of %s: a budget %s, adaptive thinking %s', (model, takesBudget, takesAdaptive) => {
    expect(traitsOf(model, 'anthropic')).toMatchObject({ takesBudget, takesAdaptive });
  });

  it.each([
    ['claude-opus-4-8', 'anthropic', true],
    ['claude-opus-4-8', 'bedrock', false],
    ['claude-sonnet-5', 'anthropic', false],
    ['claude-sonnet-5-5', 'anthropic', true],
    ['claude-fable-5', 'anthropic', true],
    ['claude-opus-4-7', 'anthropic', false],
    ['MiniMax-M2', 'minimax', false],
  ])('of %s at %s: turns of the system %s', (model, provider, takesSystemTurns) => {
    expect(traitsOf(model, provider).takesSystemTurns).toBe(takesSystemTurns);
  });

  it.each([
    ['claude-opus-5', false],
    ['claude-opus-5-5', true],
    ['claude-haiku-5-5', true],
    ['claude-fable-5', true],
    ['claude-mythos-5-1', true],
  ])('of %s: thinking always %s', (model, alwaysThinks) => {
    expect(traitsOf(model, 'anthropic').alwaysThinks).toBe(alwaysThinks);
  });
});
