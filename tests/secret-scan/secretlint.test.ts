import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { describe, expect, it } from 'vitest';
import { SECRET_RULES } from '#governance/secret-scan/rule-catalogue';
import { createTestScanner } from '#governance/secret-scan/testing/test-scanner';
import { SECRETLINT_SAMPLES } from '../fixtures/secret-scan/secretlint-samples.ts';

const SEEDS = Array.from({ length: 12 }, (_, index) => index * 37 + 3);
const scanner = createTestScanner();

type Report = { readonly rule: string; readonly start: number; readonly end: number };

async function secretlintReports(content: string, filePath: string): Promise<readonly Report[]> {
  const ext = /\.[a-z]+$/.exec(filePath)?.[0] ?? '';
  const { messages } = await lintSource({
    source: { content, filePath, ext, contentType: 'text' },
    options: { config: { rules: [{ id: 'preset', rule: creator }] }, noPhysicFilePath: true },
  });
  return messages.map(({ ruleId, range: [start, end] }) => ({
    rule: ruleId.replace(/^.*secretlint-rule-/, ''),
    start,
    end,
  }));
}

/** What secretlint reports and our scan has nothing to say about, at that place. */
function missed(content: string, reports: readonly Report[]): readonly string[] {
  const matches = scanner.scanText(content);
  const overlaps = ({ start, end }: Report): boolean =>
    matches.some(({ span }) => span !== 'whole' && span.start < end && span.end > start);
  return reports
    .filter((report) => !overlaps(report))
    .map(({ rule, start, end }) => `${rule}: ${content.slice(start, end)}`);
}

describe('the recommended preset of secretlint', () => {
  it('is sampled for each of its rules that reports text', () => {
    const sampled = new Set(SECRETLINT_SAMPLES.map(({ rule }) => rule));
    // The GCP rule also reads binary .p12 files, which no JSON leaf holds; filter-comments reports nothing.
    expect(sampled.size).toBe(27);
  });

  it.each(SECRETLINT_SAMPLES.map((sample, index) => [`${sample.rule} (${index})`, sample] as const))(
    'finds nothing by %s that our scan does not find',
    async (_, { rule, filePath, make }) => {
      for (const seed of SEEDS) {
        const content = `before\n${make(seed)}\nafter`;
        const text = filePath.endsWith('.json') ? make(seed) : content;
        const reports = await secretlintReports(text, filePath);
        expect(reports.map((report) => report.rule)).toContain(rule);
        expect(missed(text, reports)).toEqual([]);
      }
    },
  );

  it('finds nothing in the positives of our own rules that our scan does not find', async () => {
    for (const { positives } of SECRET_RULES) {
      for (const positive of positives) {
        expect(missed(positive, await secretlintReports(positive, 'notes.txt'))).toEqual([]);
      }
    }
  });

  it('is silenced by a comment in the text, as our scan is not', async () => {
    const [sample] = SECRETLINT_SAMPLES;
    const text = `// secretlint-disable\n${sample?.make(1)}\n`;
    expect(await secretlintReports(text, 'notes.txt')).toEqual([]);
    expect(scanner.scanText(text).map(({ rule }) => rule)).toEqual(['aws-secret-key']);
  });
});
