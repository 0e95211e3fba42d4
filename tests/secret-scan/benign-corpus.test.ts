import { describe, expect, it } from 'vitest';
import { createTestScanner, createTestSecrets } from '#governance/secret-scan/testing/test-scanner';
import { benignCorpus } from '../fixtures/secret-scan/benign-corpus.ts';
import { proves } from '../support/proves.ts';

proves('secrets.no-false-alarm');

const COPIES_OF_EACH = 14;

describe('the benign corpus', () => {
  const corpus = benignCorpus(COPIES_OF_EACH);

  it('holds at least 1,000 different arguments', () => {
    expect(new Set(corpus.map(({ value }) => JSON.stringify(value))).size).toBeGreaterThanOrEqual(1_000);
  });

  it('yields no finding, neither a deny nor a flag', () => {
    const scanner = createTestScanner({}, createTestSecrets({ stored: 'a-stored-value-of-this-test' }));
    const found = corpus.flatMap(({ name, value }) =>
      scanner.scanValue(value, ['tool_input']).map(({ rule, shownPath }) => `${name}: ${rule} in ${shownPath}`),
    );
    expect(found).toEqual([]);
  });

  it('yields none as JSON in a string either, nor as one long conversation', () => {
    const scanner = createTestScanner();
    const texts = corpus.map(({ value }) => JSON.stringify(value));
    const found = texts.flatMap((text, index) =>
      scanner.scanText(text).map(({ rule }) => `${corpus[index]?.name}: ${rule}`),
    );
    expect(found).toEqual([]);
    const parts = texts.slice(0, 400).map((text) => ({ type: 'text', text }));
    expect(scanner.scanValue(parts).map(({ rule, path }) => `${path.join('.')}: ${rule}`)).toEqual([]);
  });
});
