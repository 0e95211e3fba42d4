import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proves } from '#tests/support/proves';
import { createKnownValues } from './known-values.ts';
import { createTestScanner, createTestSecrets } from './testing/test-scanner.ts';

proves('secrets.known-values');

/** Formats that no rule knows, as internal systems have them. */
const VALUES = {
  short_code: 'x7!pQ',
  plain: 'correct horse battery staple',
  legacy: 'PRD/42+core==~vault',
  unicode: 'schlüssel-für-söndre',
  lines: 'first line\nsecond line\nthird',
  numeric: '8812345670091',
};
const FINDABLE = Object.entries(VALUES).filter(([name]) => name !== 'short_code');

const secrets = createTestSecrets(VALUES);
const known = createKnownValues(secrets);
const scanner = createTestScanner({}, secrets);

const namesIn = (text: string) => [...new Set(known.find(text).map(({ name }) => name))];
const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

describe('a value of the store', () => {
  const forms: readonly (readonly [string, (value: string) => string])[] = [
    ['as it is', (value) => value],
    ['in the midst of text', (value) => `the value is ${value}, I think`],
    ['in base64', base64],
    ['in base64 behind one byte', (value) => base64(`x${value}`)],
    ['in base64 behind two bytes', (value) => base64(`xx${value}and more`)],
    ['in base64url', (value) => Buffer.from(`??${value}`).toString('base64url')],
    ['in hexadecimal', (value) => `0x${Buffer.from(value).toString('hex')}00`],
    ['in upper-case hexadecimal', (value) => Buffer.from(value).toString('hex').toUpperCase()],
    ['percent-encoded', (value) => `?q=${encodeURIComponent(value)}&r=1`],
    ['reversed', (value) => [...value].reverse().join('')],
    ['quoted', (value) => JSON.stringify({ value })],
    ['spaced out', (value) => [...value].join(' ')],
    ['in pieces', (value) => `"${value.slice(0, 5)}" + "${value.slice(5)}"`],
  ];

  it.each(forms)('is found %s', (_, form) => {
    for (const [name, value] of FINDABLE) expect(namesIn(form(value))).toContain(name);
  });

  it.each(forms)('is found by a scan %s, in a member and in a key', (_, form) => {
    for (const [name, value] of FINDABLE) {
      const names = (json: Parameters<typeof scanner.scanValue>[0]) =>
        scanner.scanValue(json).map(({ rule, secretName }) => `${rule} ${secretName}`);
      expect(names({ text: form(value) })).toContain(`known-value ${name}`);
      expect(names({ [form(value)]: 1 })).toContain(`known-value ${name}`);
    }
  });

  it('is found as a number', () => {
    expect(scanner.scanValue({ id: 8_812_345_670_091 })).toMatchObject([{ rule: 'known-value', path: ['id'] }]);
  });

  it('is found over siblings and over long neighbours', () => {
    const { plain } = VALUES;
    const prose = 'Nothing here is secret. '.repeat(60);
    expect(scanner.scanValue([plain.slice(0, 9), plain.slice(9)])).toMatchObject([{ rule: 'known-value' }, {}]);
    expect(scanner.scanValue({ a: prose + plain.slice(0, 9), b: plain.slice(9) + prose })).toMatchObject([
      { rule: 'known-value' },
      {},
    ]);
  });

  it('has its span when it stands in the text unbroken', () => {
    expect(known.find(`a ${VALUES.plain} b ${VALUES.plain}`).map(({ span }) => span)).toEqual([
      { start: 2, end: 30 },
      { start: 33, end: 61 },
    ]);
  });

  it('is left out when it is shorter than 8 characters', () => {
    expect(namesIn(`code ${VALUES.short_code}`)).toEqual([]);
  });

  it('is not seen in other texts', () => {
    fc.assert(fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (text) => known.find(text).length === 0));
  });
});

describe('a change of the store', () => {
  it('counts for the very next text', () => {
    const changing = createTestSecrets();
    const following = createTestScanner({}, changing);
    const text = 'the-internal-passphrase';
    expect(following.scanValue({ [text]: text })).toEqual([]);
    changing.set('internal', text);
    expect(following.scanValue({ [text]: text }).map(({ rule }) => rule)).toEqual(['known-value', 'known-value']);
    changing.set('internal', 'another-internal-phrase');
    expect(following.scanValue({ [text]: text })).toEqual([]);
  });
});
