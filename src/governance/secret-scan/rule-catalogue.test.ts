import { describe, expect, it } from 'vitest';
import { proves } from '#tests/support/proves';
import { redactText } from './redact-text.ts';
import { SECRET_RULES } from './rule-catalogue.ts';
import { createRuleMatcher } from './rule-matcher.ts';
import { createTestScanner } from './testing/test-scanner.ts';

proves('secrets.patterns');

const matcher = createRuleMatcher(SECRET_RULES);
const scanner = createTestScanner();

function rulesFoundIn(text: string): readonly string[] {
  const found: string[] = [];
  matcher.run(text, 'all', ({ rule }) => found.push(rule.id));
  return found;
}

describe('the rule catalogue', () => {
  it('has at least 100 rules over at least 70 vendors', () => {
    expect(SECRET_RULES.length).toBeGreaterThanOrEqual(100);
    expect(new Set(SECRET_RULES.map(({ vendor }) => vendor)).size).toBeGreaterThanOrEqual(70);
  });

  it('names each rule once, in kebab case', () => {
    const ids = SECRET_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  it('gives every rule texts that it finds and texts that it leaves alone', () => {
    const poor = SECRET_RULES.filter((rule) => rule.positives.length === 0 || rule.negatives.length === 0);
    expect(poor.map(({ id }) => id)).toEqual([]);
  });

  it('keeps prefixes that scripts rely on under their names', () => {
    const expected = [
      'aws-access-key',
      'github-pat',
      'private-key-pem',
      'anthropic-api-key',
      'stripe-secret-key',
      'systemprompt-pat',
    ];
    expect(SECRET_RULES.map(({ id }) => id)).toEqual(expect.arrayContaining(expected));
  });

  it('bounds every quantifier, so that one try costs a constant', () => {
    const unbounded = SECRET_RULES.filter(({ pattern }) => unboundedQuantifiers(pattern.source).length > 0);
    expect(unbounded.map(({ id, pattern }) => `${id}: ${unboundedQuantifiers(pattern.source).join(' ')}`)).toEqual([]);
  });
});

describe.each(SECRET_RULES.map((rule) => [rule.id, rule] as const))('rule %s', (id, rule) => {
  it('finds what it must', () => {
    for (const positive of rule.positives) expect(rulesFoundIn(positive)).toContain(id);
  });

  it('finds it in the midst of other text', () => {
    for (const positive of rule.positives) {
      if (/[\r\n]|-----BEGIN|^untrusted/.test(positive)) continue;
      expect(rulesFoundIn(`first line\nrun this: ${positive}\nlast line`)).toContain(id);
    }
  });

  it('covers the whole secret, so that nothing is found in what redaction leaves', () => {
    for (const positive of rule.positives) expect(scanner.scanText(redactText(positive, scanner))).toEqual([]);
  });

  it('leaves alone what it must', () => {
    for (const negative of rule.negatives) expect(rulesFoundIn(negative)).not.toContain(id);
  });
});

/** `*`, `+` and `{n,}` outside of character classes. */
function unboundedQuantifiers(source: string): readonly string[] {
  const withoutEscapes = source.replace(/\\./g, 'e');
  const withoutClasses = withoutEscapes.replace(/\[[^\]]*\]/g, 'c');
  return withoutClasses.match(/[*+]|\{\d+,\}/g) ?? [];
}
