import { describe, expect, it } from 'vitest';
import { GUARD_RULES } from './rule-catalogue.ts';

const context = { isAllowedHost: (host: string) => host === 'allowed.example' };

type Span = readonly [number, number];

function found(rule: (typeof GUARD_RULES)[number], text: string): readonly Span[] {
  const spans: Span[] = [];
  rule.find(text, (start, end) => spans.push([start, end]), context);
  return spans;
}

describe('the catalogue of guardrails', () => {
  it('names each rule once, in kebab case', () => {
    const ids = GUARD_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  it('gives every rule texts that it finds and texts that it leaves alone', () => {
    expect(GUARD_RULES.filter((rule) => rule.positives.length === 0 || rule.negatives.length === 0)).toEqual([]);
  });
});

describe.each(GUARD_RULES.map((rule) => [rule.id, rule] as const))('rule %s', (_id, rule) => {
  it('finds what it must, alone and in the midst of other text', () => {
    for (const positive of rule.positives) {
      expect([positive, found(rule, positive).length > 0]).toEqual([positive, true]);
      expect([positive, found(rule, `first line\n${positive}\nlast line`).length > 0]).toEqual([positive, true]);
    }
  });

  it('leaves alone what it must', () => {
    for (const negative of rule.negatives) expect([negative, found(rule, negative)]).toEqual([negative, []]);
  });

  it('finds nothing in what redaction leaves, and no more than its longest match', () => {
    for (const positive of rule.positives) {
      const spans = found(rule, positive);
      for (const [start, end] of spans) expect(end - start).toBeLessThanOrEqual(rule.charactersMax);
      const redacted = spans
        .toReversed()
        .reduce((text, [start, end]) => `${text.slice(0, start)}[redacted:${rule.id}]${text.slice(end)}`, positive);
      expect(found(rule, redacted)).toEqual([]);
    }
  });

  it('holds a match open while it is being written, and nothing of a text that cannot be one', () => {
    expect(rule.openFrom('That is all there is to say about it.\n')).toBe(38);
    for (const positive of rule.positives) {
      const [span] = found(rule, positive);
      if (span === undefined) continue;
      for (let cut = span[0] + 1; cut < span[1]; cut++) {
        expect(rule.openFrom(positive.slice(0, cut))).toBeLessThanOrEqual(span[0]);
      }
    }
  });

  it('costs little on a hostile text of 100 KB', () => {
    const pieces = [
      '1',
      '1 ',
      '4111-',
      'a@',
      '[',
      '](',
      '](https://',
      '<img src="//',
      'AB12 ',
      '\u200B',
      '\u202A',
      '+1',
    ];
    for (const piece of [...pieces, ...rule.positives.map((positive) => positive.slice(0, -1))]) {
      let matches = 0;
      rule.find(piece.repeat(Math.ceil(100_000 / piece.length)), () => matches++, context);
      expect(matches).toBeLessThanOrEqual(100_000);
    }
  }, 10_000);
});
