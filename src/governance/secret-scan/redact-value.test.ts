import { describe, expect, it } from 'vitest';
import { type JsonValue, mapStrings } from '#foundation/json';
import { redactText } from './redact-text.ts';
import { redactValue } from './redact-value.ts';
import { SECRET_RULES } from './rule-catalogue.ts';
import { createTestScanner } from './testing/test-scanner.ts';

const scanner = createTestScanner();
const stringByString = (value: JsonValue) => mapStrings(value, (text) => redactText(text, scanner));

describe('a value that is written down', () => {
  it('is the very same one when it holds no credential', () => {
    const value = { role: 'user', content: [{ type: 'text', text: 'where is the log?', n: 12_345_678 }], none: null };
    expect(redactValue(value, scanner)).toBe(value);
  });

  it('loses what a search of each of its strings finds, wherever it stands', () => {
    for (const { positives } of SECRET_RULES) {
      for (const positive of positives) {
        for (const value of [positive, [positive], { note: { [positive]: 1 } }, { a: ['plain', { b: positive }] }]) {
          expect(redactValue(value, scanner)).toEqual(stringByString(value));
        }
      }
    }
  });
});
