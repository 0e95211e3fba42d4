import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeywordAutomaton, type KeywordAutomaton } from './keyword-automaton.ts';

/** `keyword@end` for each occurrence, in the order of the text. */
function occurrences(automaton: KeywordAutomaton, keywords: readonly string[], text: string): readonly string[] {
  const found: string[] = [];
  let state = 0;
  for (let index = 0; index < text.length; index++) {
    const symbol = automaton.symbols[text.charCodeAt(index)] ?? 0;
    state = automaton.transitions[state + symbol] ?? 0;
    if (state < automaton.firstAccepting) continue;
    for (const keyword of automaton.keywordsAt(state)) found.push(`${keywords[keyword]}@${index + 1}`);
  }
  return found.sort();
}

describe('the keyword automaton', () => {
  it('finds what lies within, overlaps, and ends together', () => {
    const keywords = ['he', 'she', 'his', 'hers'];
    expect(occurrences(createKeywordAutomaton(keywords), keywords, 'ushers')).toEqual(['he@4', 'hers@6', 'she@4']);
  });

  it('takes upper and lower case for the same', () => {
    const keywords = ['ghp_'];
    expect(occurrences(createKeywordAutomaton(keywords), keywords, 'GHP_ gHp_')).toEqual(['ghp_@4', 'ghp_@9']);
  });

  it('finds what a plain search finds', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 12 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', 'x', 'é') }),
        (keywords, text) => {
          const expected: string[] = [];
          for (const keyword of keywords) {
            for (let start = text.indexOf(keyword); start !== -1; start = text.indexOf(keyword, start + 1)) {
              expected.push(`${keyword}@${start + keyword.length}`);
            }
          }
          expect(occurrences(createKeywordAutomaton(keywords), keywords, text)).toEqual(expected.sort());
        },
      ),
    );
  });
});
