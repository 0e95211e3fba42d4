import { describe, expect, it } from 'vitest';
import { callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import type { Check } from './check.ts';
import type { Redaction, Verdict } from './decision.ts';
import { createPipeline } from './pipeline.ts';

proves('pipeline.fail-closed');

const pass: Verdict = { result: 'pass', detail: 'nothing found' };
const denies = (reason: string): Verdict => ({ result: 'deny', rule: 'rule-1', detail: 'found', reason });
const asks = (reason: string): Verdict => ({ result: 'ask', rule: 'rule-2', detail: 'found', reason });

function check(id: string, judge: () => Verdict, fields: Partial<Check> = {}): Check {
  return { id, appliesTo: ['tool_call'], budgetMicros: 1_000, judge, ...fields };
}

function decide(checks: readonly Check[], clock = createManualClock()) {
  return createPipeline(() => checks, clock).decide(callOf());
}

describe('the pipeline', () => {
  it('records authentication as the first finding and allows when every check passes', () => {
    const decision = decide([check('first', () => pass)]);
    expect(decision).toMatchObject({ outcome: 'allow', policy: 'pipeline', reason: '', retryAfterMs: null });
    expect(decision.findings.map(({ check, result }) => `${check} ${result}`)).toEqual([
      'authentication pass',
      'first pass',
    ]);
    expect(decision.findings[0]?.detail).toBe('pat sp-live-000000000000 as user');
  });

  it('lets the first deny decide and records the later checks as skipped without running them', () => {
    let ran = false;
    const decision = decide([
      check('first', () => denies('first reason')),
      check('second', () => {
        ran = true;
        return denies('second reason');
      }),
    ]);
    expect(decision).toMatchObject({ outcome: 'deny', policy: 'first', reason: 'first reason' });
    expect(decision.findings[2]).toMatchObject({ check: 'second', result: 'skipped', durationMicros: 0 });
    expect(ran).toBe(false);
  });

  it('denies when a check throws, and keeps the thrown text out of the record', () => {
    const decision = decide([
      check('broken', () => {
        throw new TypeError('cannot read sk-live-0123456789');
      }),
      check('later', () => pass),
    ]);
    expect(decision).toMatchObject({ outcome: 'deny', policy: 'broken' });
    expect(decision.findings[1]).toMatchObject({ result: 'deny', rule: 'check-failed' });
    expect(decision.findings[1]?.detail).toContain('TypeError');
    expect(JSON.stringify(decision)).not.toContain('sk-live');
  });

  it('denies when a check throws something that is no error', () => {
    const decision = decide([
      check('broken', () => {
        throw 'sk-live-0123456789';
      }),
    ]);
    expect(decision.outcome).toBe('deny');
    expect(JSON.stringify(decision)).not.toContain('sk-live');
  });

  it('denies when a check overruns its budget, even after it passed', () => {
    const clock = createManualClock();
    const slow = check('slow', () => {
      clock.advance(2);
      return pass;
    });
    const decision = decide([slow], clock);
    expect(decision).toMatchObject({ outcome: 'deny', policy: 'slow' });
    expect(decision.findings[1]).toMatchObject({ rule: 'check-budget', durationMicros: 2_000 });
  });

  it('keeps the reason of a check that denied too late', () => {
    const clock = createManualClock();
    const slow = check('slow', () => {
      clock.advance(2);
      return denies('its own reason');
    });
    expect(decide([slow], clock).reason).toBe('its own reason');
  });

  it('lets a deny prevail over an earlier ask', () => {
    const decision = decide([check('asking', () => asks('may it?')), check('denying', () => denies('no'))]);
    expect(decision).toMatchObject({ outcome: 'deny', policy: 'denying', reason: 'no' });
    expect(decision.findings.map(({ result }) => result)).toEqual(['pass', 'ask', 'deny']);
  });

  it('asks for the reason of the first check that asked, and runs the later checks', () => {
    const decision = decide([
      check('first', () => asks('first question')),
      check('second', () => asks('second question')),
      check('third', () => pass),
    ]);
    expect(decision).toMatchObject({ outcome: 'ask', policy: 'first', reason: 'first question' });
    expect(decision.findings).toHaveLength(4);
  });

  it('collects the redactions of every check, and drops them with a deny', () => {
    const redaction = (label: string): Redaction => ({ path: ['text'], span: 'whole', label });
    const redacting = (label: string) =>
      check(label, () => ({ result: 'redact', detail: 'found', redactions: [redaction(label)] }));
    expect(decide([redacting('one'), redacting('two')]).redactions).toEqual([redaction('one'), redaction('two')]);
    expect(decide([redacting('one'), check('denying', () => denies('no'))]).redactions).toEqual([]);
  });

  it('hands the retry time of a limit through', () => {
    const limited = check('rate_limit', () => ({ ...denies('slow down'), retryAfterMs: 1_234 }) as Verdict);
    expect(decide([limited]).retryAfterMs).toBe(1_234);
  });

  it('leaves out the checks that do not apply to the kind of call', () => {
    const decision = decide([check('prompts', () => denies('no'), { appliesTo: ['prompt'] })]);
    expect(decision).toMatchObject({ outcome: 'allow' });
    expect(decision.findings).toHaveLength(1);
  });

  it('reads the checks at each call, so that a reload decides the next one', () => {
    let checks = [check('first', () => pass)];
    const pipeline = createPipeline(() => checks, createManualClock());
    expect(pipeline.decide(callOf()).outcome).toBe('allow');
    checks = [check('second', () => denies('new rule'))];
    expect(pipeline.decide(callOf())).toMatchObject({ outcome: 'deny', policy: 'second' });
  });
});
