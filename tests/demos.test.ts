import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proves } from './support/proves.ts';
import { ROOT } from './support/source-files.ts';

proves('demos.assert');

const demos = readdirSync(join(ROOT, 'demo'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\d\d-[\w-]+\.sh$/.test(path))
  .sort();

describe.each(demos)('the demo %s', (path) => {
  const text = readFileSync(join(ROOT, 'demo', path), 'utf8');

  it('asserts what it shows', () => {
    expect(text.match(/^\s*(assert_\w+|ask|if .*; then fail|.*&& pass .*\|\| fail)/gm)?.length ?? 0).toBeGreaterThan(0);
  });

  it('stops at the first miss', () => {
    expect(text).toContain('_common.sh"');
    expect(text).not.toMatch(/set \+e/);
  });

  it('says in its first lines what it proves', () => {
    expect(text.split('\n').slice(0, 2)).toEqual(['#!/usr/bin/env bash', expect.stringMatching(/^# .{20,}/)]);
  });

  it('can be run, and is sound shell', () => {
    expect(statSync(join(ROOT, 'demo', path)).mode & 0o111).not.toBe(0);
    execFileSync('bash', ['-n', join(ROOT, 'demo', path)]);
  });
});

describe('the sweep', () => {
  it('runs every demo', () => {
    const sweep = readFileSync(join(ROOT, 'demo', 'sweep.sh'), 'utf8');
    for (const path of demos) {
      const [folder, file] = path.includes('/') ? path.split('/') : [undefined, path];
      expect(sweep).toContain(folder === undefined ? file : `${folder}/*.sh`);
    }
  });
});
