import { describe, expect, it } from 'vitest';
import { parseJsonBytes } from '#foundation/json';
import type { Redaction } from '#governance/policy/decision';
import { redactBody } from './redact-body.ts';

function redacted(text: string, redactions: readonly Redaction[]): string | undefined {
  const bytes = Buffer.from(text);
  const result = redactBody(bytes, parseJsonBytes(bytes), redactions);
  return result.ok ? result.bytes.toString() : undefined;
}

const BODY = '{ "system":"key \\u0041KIA and more",\t"messages" : [ {"content": ["AKIA AKIB"]} ], "n": 1.0 }';

describe('redacting a body', () => {
  it('replaces spans where they stand and keeps every other byte', () => {
    const path = ['messages', 0, 'content', 0];
    expect(
      redacted(BODY, [
        { path: ['system'], span: { start: 4, end: 8 }, label: '[aws]' },
        { path, span: { start: 0, end: 4 }, label: '[one]' },
        { path, span: { start: 5, end: 9 }, label: '[two]' },
      ]),
    ).toBe('{ "system":"key [aws] and more",\t"messages" : [ {"content": ["[one] [two]"]} ], "n": 1.0 }');
  });

  it('leaves nothing of matches that overlap', () => {
    const text = redacted('{"system":"0123456789"}', [
      { path: ['system'], span: { start: 2, end: 6 }, label: 'A' },
      { path: ['system'], span: { start: 4, end: 8 }, label: 'B' },
      { path: ['system'], span: { start: 3, end: 9 }, label: 'C' },
    ]);
    expect(text).toBe('{"system":"01A9"}');
  });

  it('replaces a whole value, whatever it is', () => {
    expect(redacted(BODY, [{ path: ['messages'], span: 'whole', label: '[all]' }])).toContain('"messages" : "[all]"');
  });

  it('gives up when a place is not there, or two places overlap', () => {
    expect(redacted(BODY, [{ path: ['nowhere'], span: 'whole', label: 'x' }])).toBeUndefined();
    expect(redacted(BODY, [{ path: ['n'], span: { start: 0, end: 1 }, label: 'x' }])).toBeUndefined();
    expect(
      redacted(BODY, [
        { path: ['messages'], span: 'whole', label: 'x' },
        { path: ['messages', 0], span: 'whole', label: 'y' },
      ]),
    ).toBeUndefined();
  });
});
