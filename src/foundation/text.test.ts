import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches, nearest, truncate } from './text.ts';

describe('the nearest word', () => {
  it('is the one a slip of the fingers away', () => {
    expect(nearest('mcp_serverz', ['mcp_servers', 'governance'])).toBe('mcp_servers');
    expect(nearest('lsit', ['list', 'show'])).toBe('list');
  });

  it('is none when nothing is near', () => {
    expect(nearest('banana', ['list', 'show'])).toBeUndefined();
  });
});

describe('a truncated text', () => {
  it('keeps what fits and says that something was cut', () => {
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abcd', 3)).toBe('ab…');
  });

  it('never ends in half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        expect(truncate(text, max).length).toBeLessThanOrEqual(Math.max(max, 1));
        if (text.isWellFormed()) expect(truncate(text, max).isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('a glob', () => {
  it.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['claude-*', 'claude-opus', true],
    ['*-mini', 'gpt-mini', true],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'abcd', false],
    ['claude', 'claude-opus', false],
    ['Claude-*', 'claude-opus', false],
    ['a.c', 'abc', false],
  ])('%s against %s is %s', (pattern, text, expected) => {
    expect(globMatches(pattern, text)).toBe(expected);
  });

  it('agrees with a regular expression of the same meaning', () => {
    const piece = fc.constantFrom('a', 'b', '*', '-');
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.constantFrom('a', 'b', '-')), (pattern, text) => {
        const expression = new RegExp(`^${pattern.map((part) => (part === '*' ? '.*' : part)).join('')}$`);
        expect(globMatches(pattern.join(''), text.join(''))).toBe(expression.test(text.join('')));
      }),
    );
  });

  it('stays linear where a careless pattern would not', () => {
    expect(globMatches(`${'*a'.repeat(40)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});
