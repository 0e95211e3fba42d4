import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMembers, withoutMember } from './json-members.ts';

const without = (text: string, name = 'model') => withoutMember(Buffer.from(text), name).toString('utf8');

describe('a member', () => {
  it.each([
    ['{"model":"x","a":1}', '{"a":1}'],
    ['{"a":1,"model":"x"}', '{"a":1}'],
    ['{"a":1 , "model" : {"b":[1]} , "c":2}', '{"a":1 ,  "c":2}'],
    ['{ "model" : "x" }', '{  }'],
    ['{"a":"model","model":"\\"}"}', '{"a":"model"}'],
    ['{"\\u006dodel":"x","a":{"model":1}}', '{"a":{"model":1}}'],
    ['\uFEFF{"a":9007199254740993,\r\n"model":null}', '\uFEFF{"a":9007199254740993}'],
    ['{"a":{"model":1}}', '{"a":{"model":1}}'],
  ])('is taken out of %s and nothing else is', (text, left) => {
    expect(without(text)).toBe(left);
  });

  it('is put in front of those that are there', () => {
    expect(withMembers(Buffer.from('{"a":1}'), { b: [2] }).toString()).toBe('{"b":[2],"a":1}');
    expect(withMembers(Buffer.from(' { } '), { b: 2 }).toString()).toBe(' {"b":2 } ');
    expect(withMembers(Buffer.from('{"a":1}'), {}).toString()).toBe('{"a":1}');
  });

  it('leaves JSON that means the same without it, wherever it stood', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
        fc.jsonValue(),
        fc.nat(4),
        (rest, value, at) => {
          const { model: _, ...others } = rest;
          const entries = Object.entries(others);
          entries.splice(Math.min(at, entries.length), 0, ['model', value]);
          const text = `{ ${entries.map(([key, member]) => `${JSON.stringify(key)} : ${JSON.stringify(member)}`).join(' ,\n')} }`;
          const left = withMembers(withoutMember(Buffer.from(text), 'model'), { model: 'new' }).toString('utf8');
          expect(JSON.parse(left)).toEqual(JSON.parse(JSON.stringify({ ...others, model: 'new' })));
        },
      ),
    );
  });
});
