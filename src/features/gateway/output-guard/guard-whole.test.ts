import { describe, expect, it } from 'vitest';
import { guardWhole } from './guard-whole.ts';
import { createTestActions } from './testing/test-actions.ts';

const AWS_KEY = 'AKIA' + 'IOSFODNN7EXAMPLE';

const guarded = (text: string, guard: object = { secrets: 'redact' }) => {
  const actions = createTestActions(guard);
  return { text: guardWhole(Buffer.from(text), actions)?.toString('utf8'), actions };
};

describe('a whole answer', () => {
  it('keeps every byte but the secret', () => {
    const text = `{ "a" : 1.0e2,\n "content":[{"text":"key ${AWS_KEY} \\u00e9"}], "a2":12345678901234567890 }`;
    const { text: got, actions } = guarded(text);
    expect(got).toBe(text.replace(AWS_KEY, '[redacted:aws-access-key]').replace('\\u00e9', 'é'));
    expect(actions.interventions).toEqual([{ rule: 'aws-access-key', action: 'redact', path: 'content[0].text' }]);
  });

  it('is the very same bytes when nothing is found', () => {
    const bytes = Buffer.from('{"content":[]}');
    expect(guardWhole(bytes, createTestActions({ secrets: 'block' }))).toBe(bytes);
  });

  it('keeps arguments that are JSON within a string JSON', () => {
    const inner = JSON.stringify({ command: `use ${AWS_KEY}` });
    const { text } = guarded(JSON.stringify({ arguments: inner }));
    expect(JSON.parse(JSON.parse(text ?? '').arguments)).toEqual(expect.any(Object));
    expect(text).not.toContain(AWS_KEY);
  });

  it('is blocked for a secret in a key, and for one in what is no JSON', () => {
    expect(guarded(JSON.stringify({ [AWS_KEY]: 1 })).text).toBeUndefined();
    const { text, actions } = guarded(`<p>${AWS_KEY}</p>`);
    expect([text, actions.blockedBy?.rule]).toEqual([undefined, 'aws-access-key']);
    expect(JSON.stringify(actions.interventions)).not.toContain(AWS_KEY);
  });
});
