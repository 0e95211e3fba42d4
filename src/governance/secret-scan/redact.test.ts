import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRedactions } from './redact.ts';
import { redactText } from './redact-text.ts';
import { sample } from './sample.ts';
import { createTestScanner } from './testing/test-scanner.ts';

const AWS_KEY = `AKIA${sample('upper', 16)}`;

describe('redactions', () => {
  it('replace the span and leave the rest of the text', () => {
    const value = { command: `echo ${AWS_KEY}!`, other: [1, 'x'] };
    const redacted = applyRedactions(value, [
      { path: ['command'], span: { start: 5, end: 25 }, label: 'aws-access-key' },
    ]);
    expect(redacted).toEqual({ command: 'echo [redacted:aws-access-key]!', other: [1, 'x'] });
  });

  it('leave the original as it was and share what is untouched', () => {
    const value = { a: ['secret'], b: { c: 1 } };
    const redacted = applyRedactions(value, [{ path: ['a', 0], span: 'whole', label: 'r' }]);
    expect(value).toEqual({ a: ['secret'], b: { c: 1 } });
    expect(redacted).toEqual({ a: ['[redacted:r]'], b: { c: 1 } });
    expect(Reflect.get(Object(redacted), 'b')).toBe(value.b);
  });

  it('merge where they overlap, and give way to one of the whole', () => {
    const spans = (...ranges: readonly (readonly [number, number])[]) =>
      ranges.map(([start, end]) => ({ path: [], span: { start, end }, label: 'r' }));
    expect(applyRedactions('0123456789', spans([4, 6], [1, 3], [2, 5]))).toBe('0[redacted:r]6789');
    expect(applyRedactions('0123456789', [...spans([1, 3]), { path: [], span: 'whole', label: 'w' }])).toBe(
      '[redacted:w]',
    );
  });

  it('replace a number as a whole, and pass over a path that leads nowhere', () => {
    expect(applyRedactions({ a: 12_345_678 }, [{ path: ['a'], span: 'whole', label: 'r' }])).toEqual({
      a: '[redacted:r]',
    });
    expect(applyRedactions({ a: 1 }, [{ path: ['b', 0, 'c'], span: 'whole', label: 'r' }])).toEqual({ a: 1 });
  });

  it('keep a member named __proto__ a member', () => {
    const value = JSON.parse('{"__proto__": {"a": "secret"}, "b": "x"}');
    const redacted = applyRedactions(value, [{ path: ['__proto__', 'a'], span: 'whole', label: 'r' }]);
    expect(JSON.stringify(redacted)).toBe('{"__proto__":{"a":"[redacted:r]"},"b":"x"}');
  });

  it('of every finding leave no finding', () => {
    const scanner = createTestScanner({ entropy: { enabled: false } });
    const wrap = fc.constantFrom<(secret: string) => string>(
      (secret) => secret,
      (secret) => `see ${secret}, and ${secret}`,
      (secret) => Buffer.from(secret).toString('base64'),
      (secret) => JSON.stringify({ a: secret }),
      (secret) => [...secret].join('\u200b'),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), wrap), { maxLength: 4 }),
        fc.jsonValue({ maxDepth: 3 }),
        (members, other) => {
          const value = { other, list: members.map(([text, make]) => `${text} ${make(AWS_KEY)}`) };
          const found = scanner.scanValue(JSON.parse(JSON.stringify(value)));
          const redactions = found.map(({ path, span, rule }) => ({ path, span, label: rule }));
          const redacted = applyRedactions(JSON.parse(JSON.stringify(value)), redactions);
          expect(scanner.scanValue(redacted)).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a text that is written down', () => {
  it('loses every secret and keeps the rest', () => {
    const scanner = createTestScanner();
    expect(redactText(`failed: key ${AWS_KEY} is unknown`, scanner)).toBe(
      'failed: key [redacted:aws-access-key] is unknown',
    );
    expect(redactText('failed: no such file', scanner)).toBe('failed: no such file');
    expect(redactText(`failed: ${Buffer.from(AWS_KEY).toString('hex')}`, scanner)).toBe('[redacted:aws-access-key]');
  });
});
