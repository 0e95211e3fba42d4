import { describe, expect, it } from 'vitest';
import { longestMatchOf } from './pattern-length.ts';
import { SECRET_RULES } from './rule-catalogue.ts';
import { createTestScanner, createTestSecrets } from './testing/test-scanner.ts';

const STORED = 'quiet-harbour-of-ours';
const scanner = createTestScanner({}, createTestSecrets({ internal: STORED }));
const proving = SECRET_RULES.filter(({ tier }) => tier === 'deny');

describe('the longest match of a pattern', () => {
  it.each([
    [/abc/, 3],
    [/a{2,5}b?/, 6],
    [/(?:ab|c{4})[x-z\]]{2}/, 6],
    [/(?<![A-Z])\bab(?=c)/, 2],
    [/\u0041\x41\s{0,4}/, 6],
    [/a+/, Number.POSITIVE_INFINITY],
  ])('of %s is %s', (pattern, length) => {
    expect(longestMatchOf(pattern)).toBe(length);
  });

  it('is no shorter than any text that a rule finds, and bounded', () => {
    for (const { pattern, positives } of proving) {
      const longest = longestMatchOf(pattern);
      expect(longest).toBeLessThan(65_536);
      for (const positive of positives) {
        const [found = ''] = pattern.exec(positive) ?? [];
        expect(longest).toBeGreaterThanOrEqual(found.length);
      }
    }
  });
});

describe('a secret that the end of a text cuts off', () => {
  it.each(proving.map((rule) => [rule.id, rule] as const))('is open after its keyword: %s', (id, rule) => {
    for (const positive of rule.positives) {
      const match = scanner.scanText(positive).find((one) => one.rule === id);
      if (match === undefined || match.span === 'whole') continue;
      const { start, end } = match.span;
      const keywordEnds = rule.keywords.map((keyword) => {
        const at = positive.toLowerCase().indexOf(keyword);
        return at === -1 ? Number.POSITIVE_INFINITY : at + keyword.length;
      });
      const from = Math.max(start + 1, Math.min(...keywordEnds));
      for (let cut = from; cut < end; cut++) {
        expect([positive.slice(0, cut), scanner.openMatches.openFrom(positive.slice(0, cut)) <= start]).toEqual([
          positive.slice(0, cut),
          true,
        ]);
      }
    }
  });

  it('is open from the third character of a stored value, in any form', () => {
    for (const form of [STORED, Buffer.from(STORED).toString('base64'), Buffer.from(STORED).toString('hex')]) {
      for (let cut = 3; cut < form.length; cut++) {
        expect(scanner.openMatches.openFrom(`it is ${form.slice(0, cut)}`)).toBe(6);
      }
    }
  });

  it('is nowhere in plain words', () => {
    for (const text of ['', 'Hello', 'The quick brown fox jumps over the lazy dog. ', 'const answer = 42;\n']) {
      expect(scanner.openMatches.openFrom(text)).toBe(text.length);
    }
  });
});
