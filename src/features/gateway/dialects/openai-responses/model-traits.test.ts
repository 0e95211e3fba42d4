import { describe, expect, it } from 'vitest';
import type { Conversation, Effort, Reasoning } from '#features/gateway/conversation/conversation';
import { createLosses } from '#features/gateway/conversation/losses';
import { conversationOf, targetOf } from '#tests/support/dialects';
import { traitsOf } from './model-traits.ts';
import { writeRequest } from './write-request.ts';

describe('what a model of OpenAI takes', () => {
  const rows: readonly [string, string][] = [
    ['gpt-4o', ''],
    ['gpt-4.1-mini', ''],
    ['chatgpt-4o-latest', ''],
    ['gpt-5-chat-latest', ''],
    ['gpt-5.3-chat-latest', ''],
    ['o3', 'low medium high'],
    ['o4-mini-2025-04-16', 'low medium high'],
    ['gpt-5', 'minimal low medium high'],
    ['openai/gpt-5-mini', 'minimal low medium high'],
    ['gpt-5-codex', 'low medium high'],
    ['gpt-5-pro', 'high'],
    ['gpt-5.1', 'none low medium high'],
    ['gpt-5.1-codex-max', 'low medium high xhigh'],
    ['gpt-5.2', 'none low medium high xhigh'],
    ['gpt-5.2-2025-12-11', 'none low medium high xhigh'],
    ['gpt-5.2-pro', 'medium high xhigh'],
    ['gpt-5.6-terra', 'none low medium high xhigh max'],
    ['gpt-6.1-sol', 'none low medium high xhigh max'],
    ['prod-gpt-4o-eu', ''],
    ['team_gpt-5.1', 'none low medium high'],
    ['gpt-51', 'low medium high'],
    ['grok-4', 'low medium high'],
    ['gpt-oss-120b', 'low medium high'],
  ];

  it.each(rows)('of effort is by its name: %s', (model, efforts) => {
    const traits = traitsOf(model);
    expect(traits.efforts.join(' ')).toBe(efforts);
    expect(traits.reasons).toBe(efforts !== '');
  });

  it('of sampling is nothing while it reasons', () => {
    const taken = (model: string) => traitsOf(model).takesSampling;
    expect(['gpt-4o', 'gpt-5', 'gpt-5.1', 'o3', 'grok-4'].map(taken)).toEqual([
      'always',
      'never',
      'without_reasoning',
      'never',
      'always',
    ]);
  });
});

describe('the reasoning that a Responses upstream is asked for', () => {
  const asked = (said: Partial<Reasoning>, model: string, more: Partial<Conversation> = {}) => {
    const losses = createLosses();
    const value: Reasoning = { mode: 'on', budgetTokens: null, effort: null, display: null, ...said };
    const conversation = conversationOf('anthropic', { reasoning: { value, at: 'thinking' }, ...more });
    const { reasoning, include, temperature } = writeRequest(conversation, targetOf({ model }), losses);
    return { reasoning, include, temperature, ...losses.report() };
  };

  const rows: readonly [Partial<Reasoning>, string, Effort | undefined, 'same' | 'changed' | 'dropped'][] = [
    [{ effort: 'high' }, 'gpt-5', 'high', 'same'],
    [{ effort: 'max' }, 'gpt-5', 'high', 'changed'],
    [{ effort: 'max' }, 'gpt-5.2', 'xhigh', 'changed'],
    [{ effort: 'max' }, 'gpt-5.6-sol', 'max', 'same'],
    [{ effort: 'minimal' }, 'gpt-5.1', 'low', 'changed'],
    [{ budgetTokens: 5_000 }, 'gpt-5', 'medium', 'changed'],
    [{ budgetTokens: 1_024 }, 'o3', 'low', 'changed'],
    [{ mode: 'adaptive' }, 'gpt-5', undefined, 'same'],
    [{ mode: 'off' }, 'gpt-5.1', 'none', 'same'],
    [{ mode: 'off' }, 'gpt-5', 'minimal', 'changed'],
    [{ effort: 'none' }, 'o3', 'low', 'changed'],
    [{ mode: 'off' }, 'gpt-4o', undefined, 'same'],
    [{ effort: 'high' }, 'gpt-4o', undefined, 'dropped'],
  ];

  it.each(rows)('is the nearest that the model has: %j of %s', (said, model, effort, loss) => {
    const { reasoning, dropped, changed } = asked(said, model);
    expect(reasoning).toEqual(effort === undefined ? undefined : { effort });
    expect({ dropped, changed }).toEqual({
      dropped: loss === 'dropped' ? ['thinking'] : [],
      changed: loss === 'changed' ? ['thinking'] : [],
    });
  });

  it('is shown only to whoever wants to see it', () => {
    expect(asked({ effort: 'low', display: 'summarized' }, 'gpt-5').reasoning).toEqual({
      effort: 'low',
      summary: 'auto',
    });
    expect(asked({ effort: 'low', display: 'omitted' }, 'gpt-5').reasoning).toEqual({ effort: 'low' });
    expect(asked({ mode: 'off', display: 'summarized' }, 'gpt-5.1').reasoning).toEqual({ effort: 'none' });
    expect(asked({ effort: 'low', display: 'full' }, 'gpt-5').changed).toEqual(['thinking.display']);
  });

  it('is asked for in a form that can come back, but not of a model that has none', () => {
    expect(asked({ mode: 'adaptive' }, 'gpt-5').include).toEqual(['reasoning.encrypted_content']);
    expect(asked({ mode: 'off' }, 'gpt-4o').include).toBeUndefined();
  });

  it('decides whether the model can be sampled', () => {
    const temperature = { value: 0.2, at: 'temperature' };
    expect(asked({ mode: 'off' }, 'gpt-5.2', { temperature })).toMatchObject({ temperature: 0.2, dropped: [] });
    expect(asked({ effort: 'low' }, 'gpt-5.2', { temperature })).toMatchObject({ dropped: ['temperature'] });
  });
});
