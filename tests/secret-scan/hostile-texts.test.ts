import { describe, expect, it } from 'vitest';
import { SECRET_RULES } from '#governance/secret-scan/rule-catalogue';
import { createRuleMatcher } from '#governance/secret-scan/rule-matcher';
import { sample } from '#governance/secret-scan/sample';
import { createTestScanner, createTestSecrets } from '#governance/secret-scan/testing/test-scanner';
import { fillWith, hostileTexts } from '../fixtures/secret-scan/hostile-texts.ts';

const LENGTH = 102_400;
const AWS_KEY = `AKIA${sample('upper', 16)}`;

describe('hostile texts of 100 KB', () => {
  const scanner = createTestScanner({}, createTestSecrets({ stored: 'a-stored-value-of-this-test' }));

  it.each(hostileTexts(LENGTH))('are scanned to the end or denied for their cost: $name', ({ text }) => {
    const matches = scanner.scanValue({ content: text }, ['tool_input']);
    expect(Array.isArray(matches)).toBe(true);
  });

  it.each(hostileTexts(LENGTH / 4))('do not hide the secret behind them: $name', ({ name, text }) => {
    // An open private key or a run takes in what follows; then that is what is found.
    const rules = scanner.scanText(`${text}\n ${AWS_KEY}`).map(({ rule }) => rule);
    if (name.startsWith('private key') || name.startsWith('base64') || name.startsWith('wrapped'))
      expect(rules).not.toEqual([]);
    else expect(rules.some((rule) => rule === 'aws-access-key' || rule === 'scan-budget')).toBe(true);
  });
});

describe('the patterns', () => {
  it.each(SECRET_RULES.map((rule) => [rule.id, rule] as const))('of %s end on texts made against them', (_, rule) => {
    const matcher = createRuleMatcher([rule]);
    for (const unit of unitsAgainst(rule)) matcher.run(fillWith(unit, LENGTH), 'all', () => {});
  });
});

/** The keyword again and again, with what the pattern waits for, and near misses of a positive. */
function unitsAgainst(rule: (typeof SECRET_RULES)[number]): readonly string[] {
  const [positive = ''] = rule.positives;
  const [keyword = ''] = rule.keywords;
  const prefix = writtenIn(positive, keyword) ?? keyword;
  const units = [prefix, `${prefix}: "`, `${prefix}${'a1'.repeat(500)}`, `${positive.slice(0, -1)}\u0001`];
  return units.filter((unit) => unit !== '');
}

function writtenIn(text: string, keyword: string): string | undefined {
  const start = text.toLowerCase().indexOf(keyword);
  return start === -1 ? undefined : text.slice(start, start + keyword.length);
}
