import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  formatJsonPath,
  isJsonObject,
  mapStrings,
  numberMember,
  parseJsonBytes,
  parseJsonPrecisely,
  parseJsonText,
} from './json.ts';

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

  it('is refused for a repeated key whose first value hides any number of members', () => {
    expect(() => parseJsonText('{"a":{"b":{"c":[{"d":1},{"e":2}]}},"z":{"y":1},"a":{"b":1,"x":2}}')).toThrow('"a"');
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), fc.string(), (first, second, key) => {
        const name = JSON.stringify(key);
        const text = `[{${name}:${JSON.stringify(first)},${name}:${JSON.stringify(second)}}]`;
        expect(() => parseJsonText(text)).toThrow('stands twice');
      }),
    );
  });

  it('may begin with a byte order mark, and stands for itself anywhere in a larger buffer', () => {
    const bytes = Buffer.from('__\ufeff{"a":"é"}__');
    expect(parseJsonBytes(bytes.subarray(2, -2))).toEqual({ a: 'é' });
    expect(parseJsonBytes(new Uint8Array(bytes.subarray(5, -2)))).toEqual({ a: 'é' });
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

describe('JSON parsed precisely', () => {
  const numbers = [
    '12345678901234567890',
    '-98765432109876543210',
    '0.1234567890123456789',
    '1.0',
    '-7.250',
    '1e3',
    '1E+400',
    '-0',
    '0.0000001',
    '10000000000000000000000',
  ];

  it.each(numbers)('prints %s as it came, wherever it stands', (number) => {
    for (const text of [number, `[${number}]`, `{"a":{"b":[1,${number}]},"c":${number}}`]) {
      expect(JSON.stringify(parseJsonPrecisely(text))).toBe(text);
    }
    expect(JSON.stringify(parseJsonPrecisely(`{ "a" :\n\t${number} }`))).toBe(`{"a":${number}}`);
  });

  it('prints every number as it came', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,24})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(fc.array(digits), (texts) => {
        const text = `[${texts.join(',')}]`;
        expect(JSON.stringify(parseJsonPrecisely(text))).toBe(text);
      }),
    );
  });

  it('is otherwise what it would be', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseJsonPrecisely(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    expect(parseJsonPrecisely('{"a":1,"b":[0.5,-3],"c":100}')).toEqual({ a: 1, b: [0.5, -3], c: 100 });
  });

  it('keeps the order of keys, and leaves texts that look like numbers alone', () => {
    const text = '{"zeta":9007199254740993,"alpha":": 12345678901234567890","__proto__":1.0}';
    expect(JSON.stringify(parseJsonPrecisely(text))).toBe(text);
  });

  it('still reads as a number, and never as an object', () => {
    const value = parseJsonPrecisely('{"temperature":1.0,"id":12345678901234567890,"huge":1e999}');
    expect(numberMember(value, 'temperature')).toBe(1);
    expect(numberMember(value, 'id')).toBe(Number('12345678901234567890'));
    expect(numberMember(value, 'huge')).toBeUndefined();
    expect(isJsonObject(value) && isJsonObject(value.id)).toBe(false);
    expect(canonicalJson(value)).toBe('{"huge":1e999,"id":12345678901234567890,"temperature":1.0}');
    expect(JSON.stringify(mapStrings(value, (text) => text.toUpperCase()))).toBe(
      '{"TEMPERATURE":1.0,"ID":12345678901234567890,"HUGE":1e999}',
    );
  });

  it('is bounded and refused like any stranger’s', () => {
    expect(() => parseJsonPrecisely('{"a":1.0,"a":2}')).toThrow('stands twice');
    expect(() => parseJsonPrecisely(`${'['.repeat(200)}1.0${']'.repeat(200)}`)).toThrow('deeper than 128');
    expect(() => parseJsonPrecisely('{"a":1.}')).toThrow('not valid JSON');
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
