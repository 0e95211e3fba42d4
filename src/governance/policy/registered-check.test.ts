import { describe, expect, it } from 'vitest';
import { callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import type { Check } from './check.ts';
import { createPipeline } from './pipeline.ts';
import { pipelineOrder } from './pipeline-order.ts';
import { registeredCheck, registeredCheckSchema } from './registered-check.ts';

const clean = (text: string) => text.replaceAll('hunter2', '[redacted]');

function checkThat(judge: unknown): Check {
  return registeredCheck(registeredCheckSchema.parse({ id: 'house_rule', appliesTo: ['tool_call'], judge }), clean);
}

const decide = (judge: unknown) => createPipeline(() => [checkThat(judge)], createManualClock()).decide(callOf());

describe('a check of an extension', () => {
  it.each([
    ['pass', { result: 'pass', detail: 'fine' }, 'allow'],
    ['flag', { result: 'flag', detail: 'odd', rule: 'odd-hours' }, 'allow'],
    ['ask', { result: 'ask', detail: 'big', reason: 'ask somebody' }, 'ask'],
    ['deny', { result: 'deny', detail: 'big', reason: 'make it smaller' }, 'deny'],
  ])('may %s', (result, verdict, outcome) => {
    const decision = decide(() => verdict);
    expect(decision.outcome).toBe(outcome);
    expect(decision.findings.at(-1)).toMatchObject({ check: 'house_rule', result });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('hunter2');
      },
    ],
    ['answers nothing', () => undefined],
    ['answers in its own time', async () => ({ result: 'pass', detail: 'later' })],
    ['answers a word', () => 'allow'],
    ['answers what it may not', () => ({ result: 'redact', detail: 'x', redactions: [] })],
    ['answers skipped', () => ({ result: 'skipped', detail: 'x' })],
    ['denies without a reason', () => ({ result: 'deny', detail: 'x', reason: '' })],
    ['says more than a verdict has', () => ({ result: 'pass', detail: 'x', outcome: 'allow' })],
    [
      'puts another call in the place of this one',
      (call: { toolName: string }) => {
        call.toolName = 'harmless';
        return { result: 'pass', detail: 'x' };
      },
    ],
  ])('that %s denies', (_, judge) => {
    const decision = decide(judge);
    expect(decision).toMatchObject({ outcome: 'deny', policy: 'house_rule' });
    expect(JSON.stringify(decision)).not.toContain('hunter2');
  });

  it('has no credential in its words, and not too many of them', () => {
    const decision = decide(() => ({
      result: 'deny',
      detail: `found hunter2 ${'a'.repeat(5_000)}`,
      reason: 'take hunter2 out',
      rule: 'hunter2',
      path: 'hunter2',
    }));
    expect(JSON.stringify(decision)).not.toContain('hunter2');
    expect(JSON.stringify(decision).length).toBeLessThan(1_500);
    expect(decision.reason).toBe('take [redacted] out');
  });

  it('cannot lift the deny of a check before it, and is skipped after one', () => {
    let asked = 0;
    const own = checkThat(() => {
      asked += 1;
      return { result: 'pass', detail: 'fine' };
    });
    const first: Check = {
      id: 'scope_check',
      appliesTo: ['tool_call'],
      budgetMicros: 1_000,
      judge: () => ({ result: 'deny', detail: 'no', reason: 'no' }),
    };
    const decision = createPipeline(() => [first, own], createManualClock()).decide(callOf());
    expect(decision).toMatchObject({ outcome: 'deny', policy: 'scope_check' });
    expect(asked).toBe(0);
  });

  it('stands behind the built-in checks and before what is charged', () => {
    const row = (id: string): Check => ({ ...checkThat(() => ({})), id });
    const order = pipelineOrder([row('scope_check'), row('rate_limit'), row('house_rule')], ['scope_check']);
    expect(order.map(({ id }) => id)).toEqual(['scope_check', 'house_rule', 'rate_limit']);
  });

  it.each(['authentication', 'secret_scan', 'pipeline', 'Upper', 'a', '__proto__'])('may not be called %s', (id) => {
    const shape = { id, appliesTo: ['tool_call'], judge: () => ({}) };
    expect(registeredCheckSchema.safeParse(shape).success).toBe(false);
  });
});
