import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue, parseJsonBytes } from '#foundation/json';
import { applyEdits, findValueSpan } from './json-edit.ts';

/** White space as a sender may strew it, taken from `spaces` in turn. */
function written(value: JsonValue, spaces: readonly string[]): string {
  let turn = 0;
  const space = () => spaces[turn++ % spaces.length] ?? '';
  const write = (item: JsonValue): string => {
    if (Array.isArray(item)) return `[${space()}${item.map(write).join(`${space()},${space()}`)}${space()}]`;
    if (!isJsonObject(item)) return JSON.stringify(item);
    const members = Object.entries(item).map(
      ([key, member]) => `${JSON.stringify(key)}${space()}:${space()}${write(member ?? null)}`,
    );
    return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
  };
  return `${space()}${write(value)}${space()}`;
}

function pathsOf(value: JsonValue, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => pathsOf(item, [...path, index]))];
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item ?? null, [...path, key]))];
}

function valueAt(value: JsonValue, path: readonly (string | number)[]): unknown {
  let current: unknown = value;
  for (const step of path) current = (current as Record<string | number, unknown>)[step];
  return current;
}

const json = fc.json({ maxDepth: 4 }).map((text) => JSON.parse(text) as JsonValue);
const spaces = fc.array(fc.stringMatching(/^[ \t\r\n]{0,3}$/), { minLength: 1, maxLength: 7 });

describe('the span of a value', () => {
  it('is found at every path of every document', () => {
    fc.assert(
      fc.property(json, spaces, (value, strewn) => {
        const bytes = Buffer.from(written(value, strewn));
        for (const path of pathsOf(value)) {
          const span = findValueSpan(bytes, path);
          if (span === undefined) throw new Error(`no span at ${JSON.stringify(path)}`);
          const found = bytes.subarray(span.start, span.end).toString();
          expect(JSON.parse(found)).toEqual(valueAt(value, path));
          expect(found).toBe(found.trim());
        }
      }),
    );
  });

  it('is that of the top level, not of the same key further in', () => {
    const bytes = Buffer.from('{"a":{"model":"inner"},"s":"\\"model\\":\\"text\\"","mod\\u0065l" :\n "outer" }');
    const span = findValueSpan(bytes, ['model']);
    expect(bytes.subarray(span?.start, span?.end).toString()).toBe('"outer"');
  });

  it('is missing where the path leads nowhere', () => {
    const bytes = Buffer.from('{"list":[1,2],"text":"x"}');
    for (const path of [['none'], ['list', 2], ['text', 0], ['list', 'x'], [0]]) {
      expect(findValueSpan(bytes, path)).toBeUndefined();
    }
  });

  it('is found behind a byte order mark', () => {
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"model":"m"}')]);
    const span = findValueSpan(bytes, ['model']);
    expect(bytes.subarray(span?.start, span?.end).toString()).toBe('"m"');
  });
});

describe('an edit', () => {
  it('changes the value and no other byte', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), spaces, fc.string(), (members, strewn, alias) => {
        const value = { ...(members as Record<string, JsonValue>), model: 'before' };
        const bytes = Buffer.from(written(value, strewn));
        const span = findValueSpan(bytes, ['model']);
        if (span === undefined) throw new Error('no span');
        const replacement = Buffer.from(JSON.stringify(alias));
        const edited = applyEdits(bytes, [{ span, replacement }]);
        expect(edited.subarray(0, span.start)).toEqual(bytes.subarray(0, span.start));
        expect(edited.subarray(span.start + replacement.length)).toEqual(bytes.subarray(span.end));
        expect(parseJsonBytes(edited)).toEqual(JSON.parse(JSON.stringify({ ...value, model: alias })));
      }),
    );
  });

  it('may stand beside others in any order', () => {
    const bytes = Buffer.from('{"a":1,"b":2,"c":3}');
    const edit = (key: string, text: string) => {
      const span = findValueSpan(bytes, [key]);
      if (span === undefined) throw new Error('no span');
      return { span, replacement: Buffer.from(text) };
    };
    expect(applyEdits(bytes, [edit('c', '"third"'), edit('a', '"first"')]).toString()).toBe(
      '{"a":"first","b":2,"c":"third"}',
    );
  });
});
