import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { defineExtension } from './extension.ts';
import { loadExtensions, shadowedProviders } from './extensions.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'systemprompt-extensions-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(home, name), text, { mode: 0o600 });
  return name;
}

const load = (...paths: string[]) => loadExtensions(paths, home, createManualClock());

const messages = async (...paths: string[]) => (await load(...paths)).problems.map(({ message }) => message);

const provider = (name: string) => `{ name: '${name}', wire: 'openai-chat', endpoint: 'http://127.0.0.1:1/v1' }`;
const extension = (name: string, members = '') => `export const extension = { name: '${name}', ${members} };`;

describe('an extension', () => {
  it('is loaded from below the home and from an absolute path, TypeScript as it is', async () => {
    mkdirSync(join(home, 'code'));
    write(
      'code/first.ts',
      `const name: string = 'first'; export const extension = { name, providers: [${provider('one')}] };`,
    );
    const second = join(home, write('second.mjs', extension('second')));
    const { extensions, problems, files } = await load('code/first.ts', second);
    expect(problems).toEqual([]);
    expect(extensions.loaded.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(extensions.providers).toMatchObject([{ name: 'one', models: [], also_speaks: [] }]);
    expect(files).toEqual([join(home, 'code/first.ts'), second]);
  });

  it('is loaded anew when its file has changed', async () => {
    write('edited.mjs', extension('before'));
    const before = await load('edited.mjs');
    write('edited.mjs', extension('afterwards'));
    const after = await load('edited.mjs');
    expect([before, after].map(({ extensions }) => extensions.loaded[0]?.name)).toEqual(['before', 'afterwards']);
  });

  it.each([
    ['../outside.mjs', /leads out of the home; write the path in full/],
    ['code/../../outside.mjs', /leads out of the home/],
    ['absent.mjs', /absent\.mjs is not there, or cannot be read; mend the path in the profile/],
    ['.', /is not a file/],
  ])('at %s is refused', async (path, problem) => {
    expect(await messages(path)).toEqual([expect.stringMatching(problem)]);
  });

  it('that every user of the machine can change is refused', async () => {
    write('open.mjs', extension('open'));
    chmodSync(join(home, 'open.mjs'), 0o666);
    expect(await messages('open.mjs')).toEqual([expect.stringMatching(/can be changed by every user.*chmod o-w/)]);
  });

  it.each([
    ['does not parse', 'export const extension = {', /fails as it is loaded/],
    ['throws', 'throw new TypeError("no");', /fails as it is loaded: no; mend the file/],
    ['throws no error', 'throw null;', /fails as it is loaded: null/],
    ['exports nothing', '', /exports no extension; write: export const extension/],
    ['exports null', 'export const extension = null;', /is not an extension: the value: /],
    ['has no name', 'export const extension = {};', /name: /],
    ['has an unknown member', extension('x', 'upstreams: []'), /Unrecognized key: "upstreams"/],
    [
      'has a provider of no wire',
      extension('x', "providers: [{ name: 'a', endpoint: 'http://a' }]"),
      /providers\[0\]\.wire/,
    ],
    [
      'prepares with a word',
      extension('x', `providers: [{ ...${provider('a')}, prepare: 'yes' }]`),
      /prepare: is not a function/,
    ],
    [
      'has a check of ours',
      extension('x', "checks: [{ id: 'rate_limit', appliesTo: ['hook'], judge() {} }]"),
      /is the id of a built-in check/,
    ],
    ['has an unbounded rule', extension('x', rule('/zzz_key_\\w+/')), /quantifier without an upper bound/],
    ['has a rule that finds nothing', extension('x', rule('/zzz_other/')), /positives\[0\]: is not found by the rule/],
    [
      'has a rule that finds too much',
      extension('x', rule('/zzz_key_\\w{1,40}/', 'zzz_key_q7Zp2Lm9Xc4V')),
      /negatives\[0\]: is found/,
    ],
  ])('that %s is refused, and another one is loaded all the same', async (_, text, problem) => {
    write('bad.mjs', text);
    write('good.mjs', extension('good'));
    const { extensions, problems } = await load('bad.mjs', 'good.mjs');
    expect(problems).toEqual([{ index: 0, message: expect.stringMatching(problem) }]);
    expect(problems[0]?.message).toContain('bad.mjs');
    expect(extensions.loaded.map(({ name }) => name)).toEqual(['good']);
  });

  it('that never ends being loaded is given up', async () => {
    write('endless.mjs', `await new Promise(() => {}); ${extension('endless')}`);
    const after = (_: number, action: () => void) => {
      queueMicrotask(action);
      return () => {};
    };
    const { problems } = await loadExtensions(['endless.mjs'], home, { ...createManualClock(), after });
    expect(problems).toEqual([{ index: 0, message: expect.stringMatching(/was not loaded within 10000 ms/) }]);
  });

  it('may not bring what another one brought', async () => {
    write('a.mjs', extension('a', `providers: [${provider('both')}]`));
    write('b.mjs', extension('b', `providers: [${provider('both')}]`));
    const [only, ...others] = await messages('a.mjs', 'b.mjs');
    expect(only).toMatch(/b\.mjs brings the provider both, which .*a\.mjs brought; give it another name/);
    expect(others).toEqual([]);
  });
});

describe('shadowing', () => {
  it('is told of built-in tags, and of tags that the profile takes back', async () => {
    write('a.mjs', extension('a', `providers: [${provider('groq')}, ${provider('mine')}, ${provider('new')}]`));
    const { extensions } = await load('a.mjs');
    expect(shadowedProviders(extensions, [{ name: 'mine' }])).toEqual([
      expect.stringMatching(/groq of an extension takes the place of the built-in/),
      expect.stringMatching(/mine of the profile takes the place of the one that an extension/),
    ]);
  });
});

describe('defineExtension', () => {
  it('fills in what was left out, and names every problem', () => {
    expect(defineExtension({ name: 'mine' })).toEqual({ name: 'mine', providers: [], secretRules: [], checks: [] });
    expect(() => defineExtension({ name: 'Not This', checks: [] })).toThrow(/is not an extension: name: /);
  });
});

function rule(pattern: string, negative = 'zzz'): string {
  const samples = `positives: ['zzz_key_q7Zp2Lm9Xc4V'], negatives: ['${negative}']`;
  return `secretRules: [{ id: 'zzz-key', vendor: 'zzz', keywords: ['zzz_key_'], pattern: ${pattern}, tier: 'deny', ${samples} }]`;
}
