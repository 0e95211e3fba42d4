import { describe, expect, it } from 'vitest';
import type { Conversation, FunctionTool, Reasoning, Turn } from '#features/gateway/conversation/conversation';
import { createLosses, type LossReport } from '#features/gateway/conversation/losses';
import type { Target } from '#features/gateway/dialects/dialect';
import type { JsonObject } from '#foundation/json';
import { conversationOf, targetOf } from '#tests/support/dialects';
import { writeRequest } from './write-request.ts';

const NOTHING_LOST: LossReport = { dropped: [], changed: [] };

const TOOL: FunctionTool = {
  type: 'function',
  name: 't',
  description: null,
  schema: { type: 'object', properties: {} },
  strict: null,
  cache: null,
  at: 'tool',
};

function written(said: Partial<Conversation>, to: Partial<Target>): { body: JsonObject; report: LossReport } {
  const losses = createLosses();
  const body = writeRequest(conversationOf('openai-chat', said), targetOf({ provider: 'anthropic', ...to }), losses);
  return { body, report: losses.report() };
}

function turn(role: Turn['role'], text: string): Turn {
  return { role, parts: [{ type: 'text', text, citations: [], cache: null, at: text }], at: text };
}

function stated<const Value>(value: Value, at: string) {
  return { value, at };
}

function thinking(value: Partial<Reasoning>): Partial<Conversation> {
  return { reasoning: stated({ mode: 'on', budgetTokens: null, effort: null, display: null, ...value }, 'effort') };
}

describe('sampling', () => {
  const sampling = { temperature: stated(1.4, 't'), topP: stated(0.9, 'p'), topK: stated(5, 'k') };

  it('is clamped to what the API has', () => {
    const { body, report } = written(sampling, { model: 'claude-3-7-sonnet' });
    expect(body).toMatchObject({ temperature: 1, top_p: 0.9, top_k: 5 });
    expect(report).toEqual({ dropped: [], changed: ['t'] });
  });

  it.each([
    ['claude-sonnet-4-5', ['p']],
    ['claude-opus-4-7', ['t', 'p', 'k']],
    ['claude-opus-5', ['t', 'p', 'k']],
  ])('is told as lost where %s does not take it', (model, dropped) => {
    expect(written(sampling, { model }).report.dropped).toEqual(dropped);
  });

  it('is told as lost where the model thinks', () => {
    const said = { ...sampling, topP: stated(0.97, 'p'), maxOutputTokens: stated(9_000, 'max') };
    const { body, report } = written({ ...said, ...thinking({ budgetTokens: 2_000 }) }, { model: 'claude-3-7-sonnet' });
    expect([body.temperature, body.top_p, body.top_k]).toEqual([undefined, 0.97, undefined]);
    expect(report.dropped).toEqual(['t', 'k']);
  });
});

describe('thinking', () => {
  const OLD = 'claude-sonnet-4-5';
  const BOTH = 'claude-opus-4-6';
  const NEW = 'claude-opus-5';
  const ALWAYS = 'claude-opus-5-5';

  const enabled = (tokens: number) => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
  const adaptive = (effort: string) => ({ thinking: { type: 'adaptive' }, output_config: { effort } });
  const disabled = { thinking: { type: 'disabled' } };

  it.each<[string, Partial<Reasoning>, number | null, object, 'same' | 'changed' | 'dropped']>([
    // A model that takes a budget.
    [OLD, { budgetTokens: 2_000 }, 9_000, enabled(2_000), 'same'],
    [OLD, { effort: 'low' }, 9_000, enabled(2_048), 'same'],
    [OLD, {}, 20_000, enabled(8_192), 'same'],
    [OLD, { budgetTokens: 100 }, 9_000, enabled(1_024), 'changed'],
    [OLD, { effort: 'high' }, null, { max_tokens: 20_480, ...enabled(16_384) }, 'same'],
    [OLD, { effort: 'high' }, 4_000, { max_tokens: 4_000, ...enabled(3_000) }, 'changed'],
    [OLD, { budgetTokens: 4_000 }, 4_000, enabled(3_000), 'changed'],
    [OLD, { effort: 'high' }, 1_000, { max_tokens: 1_000, ...disabled }, 'dropped'],
    [OLD, { mode: 'adaptive' }, 20_000, enabled(8_192), 'changed'],
    [OLD, { mode: 'off' }, 9_000, disabled, 'same'],
    [OLD, { effort: 'none' }, 9_000, disabled, 'same'],
    // A model that takes either.
    [BOTH, { budgetTokens: 2_000 }, 9_000, enabled(2_000), 'same'],
    [BOTH, { effort: 'max' }, 9_000, adaptive('max'), 'same'],
    [BOTH, { effort: 'xhigh' }, 9_000, adaptive('high'), 'changed'],
    // A model that takes no budget.
    [NEW, { budgetTokens: 16_000 }, 9_000, adaptive('high'), 'changed'],
    [NEW, { effort: 'xhigh' }, 9_000, adaptive('xhigh'), 'same'],
    [NEW, { effort: 'minimal' }, 9_000, adaptive('low'), 'changed'],
    [NEW, {}, 9_000, { thinking: { type: 'adaptive' } }, 'same'],
    [NEW, { display: 'omitted' }, 9_000, { thinking: { type: 'adaptive', display: 'omitted' } }, 'same'],
    [NEW, { mode: 'off', effort: 'max' }, 9_000, { ...disabled, output_config: { effort: 'high' } }, 'changed'],
    // A model that cannot be told not to.
    [ALWAYS, { mode: 'off' }, 9_000, { output_config: { effort: 'low' } }, 'changed'],
    // A model of somebody else.
    ['minimax-m2', { effort: 'low' }, 9_000, enabled(2_048), 'same'],
  ])('of %s asked for %j within %s', (model, value, most, expected, loss) => {
    const maxOutputTokens = most === null ? null : stated(most, 'max');
    const { body, report } = written({ ...thinking(value), maxOutputTokens }, { model });
    expect(body).toMatchObject(expected);
    expect(report.changed).toEqual(loss === 'changed' ? ['effort'] : []);
    expect(report.dropped).toEqual(loss === 'dropped' ? ['effort'] : []);
  });

  it('is not shown otherwise than the client asks', () => {
    expect(written(thinking({}), { model: NEW }).body.thinking).toEqual({ type: 'adaptive' });
    const full = written(thinking({ display: 'full' }), { model: NEW });
    expect(full.body.thinking).toEqual({ type: 'adaptive', display: 'summarized' });
    expect(full.report.changed).toEqual(['effort.display']);
  });

  it('keeps within what the model can think', () => {
    const to = { model: OLD, maxOutputTokens: 64_000, maxReasoningTokens: 32_000 };
    expect(written(thinking({ effort: 'max' }), to).body).toMatchObject({ max_tokens: 64_000, ...enabled(32_000) });
  });

  it('gives way where a tool must be called, and the choice where it cannot', () => {
    const said: Partial<Conversation> = {
      tools: [TOOL],
      toolChoice: stated({ type: 'required', names: null }, 'choice'),
    };
    const old = written({ ...said, ...thinking({ effort: 'high' }) }, { model: OLD });
    expect(old.body).toMatchObject({ ...disabled, tool_choice: { type: 'any' } });
    expect(old.report).toEqual({ dropped: ['effort'], changed: [] });
    const byDefault = written(said, { model: NEW });
    expect(byDefault.body).toMatchObject({ ...disabled, tool_choice: { type: 'any' } });
    expect(byDefault.report).toEqual(NOTHING_LOST);
    const always = written({ ...said, ...thinking({ effort: 'high' }) }, { model: ALWAYS });
    expect(always.body).toMatchObject({ thinking: { type: 'adaptive' }, tool_choice: { type: 'auto' } });
    expect(always.report).toEqual({ dropped: [], changed: ['choice'] });
  });

  it('gives way where the assistant is to go on from words of the client', () => {
    const turns = [turn('user', 'u'), turn('assistant', 'It is')];
    const { body, report } = written({ turns, ...thinking({ effort: 'high' }) }, { model: OLD });
    expect(body).toMatchObject(disabled);
    expect(report.dropped).toEqual(['effort']);
  });
});
