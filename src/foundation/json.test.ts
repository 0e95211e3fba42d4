import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, formatJsonPath, parseJsonBytes, parseJsonText } from './json.ts';

describe('a stranger’s JSON', () => {
  it('parses to what JSON.parse would give, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(parseJsonText(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"k":1,"k":1}}',
    '[{"a":"}","a":1}]',
    '{"__proto__":1,"__proto__":2}',
  ])('is refused with a duplicate key: %s', (text) => {
    expect(() => parseJsonText(text)).toThrow('stands twice');
  });

  it('may repeat a key in another object, and a string that looks like a key', () => {
    expect(parseJsonText('[{"a":1},{"a":"a"},{"b":["a","a"]}]')).toEqual([{ a: 1 }, { a: 'a' }, { b: ['a', 'a'] }]);
  });

  it('is refused when it is nested too deeply', () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
    expect(() => parseJsonText(deep)).toThrow('deeper than 128');
  });

  it.each(['', '{', '{"a":}', '[1,]', '{"a":1}}', 'nul', '"\u0001"', '{"a" "b"}', '1 2'])(
    'is refused when malformed: %s',
    (text) => {
      expect(() => parseJsonText(text)).toThrow(/not valid JSON/);
    },
  );

  it('is refused when it is not UTF-8', () => {
    expect(() => parseJsonBytes(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not valid UTF-8');
    expect(() => parseJsonBytes(Buffer.from([0x22, 0xc3, 0x22]))).toThrow('not valid UTF-8');
  });

  it('never quotes what it refuses', () => {
    expect(() => parseJsonText('{"password": hunter2}')).toThrow(/^(?!.*hunter2)/);
  });

  it('keeps a __proto__ member a plain member', () => {
    const value = parseJsonText('{"__proto__":{"admin":true}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('canonical JSON', () => {
  it('sorts keys by UTF-16 units and leaves out white space (RFC 8785 section 3.2.3)', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      1: 'One',
      '\ufb33': 'Hebrew',
      '\u0080': 'Control',
      '\u{1f600}': 'Emoji',
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u20ac":"Euro Sign","\u{1f600}":"Emoji","\ufb33":"Hebrew"}',
    );
  });

  it('writes numbers as ECMAScript does (RFC 8785 appendix B)', () => {
    expect(canonicalJson([1e21, Number('333333333.33333329'), 1e-7, 4.5, -0])).toBe(
      '[1e+21,333333333.3333333,1e-7,4.5,0]',
    );
  });

  it('is the same for every order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(JSON.parse(JSON.stringify(reversed)))).toBe(
          canonicalJson(JSON.parse(JSON.stringify(object))),
        );
      }),
    );
  });
});

describe('a JSON path', () => {
  it('reads as people write it', () => {
    expect(formatJsonPath(['messages', 3, 'content', 'odd key'])).toBe('messages[3].content["odd key"]');
  });
});
