import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launch } from './launched.ts';

const SCRIPT = resolve(import.meta.dirname, '../../scripts/bootstrap.mjs');

/** Stands in for npm: writes down how it was called, waits for a file where it is told to, and does what the test says. */
const FAKE_NPM = `
const { appendFileSync, existsSync, mkdirSync, watch } = require('node:fs');
appendFileSync('calls.log', process.argv.slice(2).join(' ') + '\\n');
const finish = () => {
  if (process.env.NPM_FAILS_WITH) {
    console.error(process.env.NPM_FAILS_WITH);
    process.exit(1);
  }
  mkdirSync('node_modules', { recursive: true });
  process.exit(0);
};
if (!process.env.NPM_WAITS_FOR || existsSync(process.env.NPM_WAITS_FOR)) finish();
else watch('.', () => existsSync(process.env.NPM_WAITS_FOR) && finish());
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  mkdirSync(join(root, 'scripts'));
  copyFileSync(SCRIPT, join(root, 'scripts', 'bootstrap.mjs'));
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3}');
  writeFileSync(join(root, 'npm-cli.js'), FAKE_NPM);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function bootstrap(env: NodeJS.ProcessEnv = {}) {
  const npm = { npm_execpath: join(root, 'npm-cli.js'), npm_node_execpath: process.execPath };
  return launch(['scripts/bootstrap.mjs'], { cwd: root, env: { ...npm, ...env } });
}

function calls(): readonly string[] {
  return existsSync(join(root, 'calls.log')) ? readFileSync(join(root, 'calls.log'), 'utf8').trim().split('\n') : [];
}

describe('bootstrap', () => {
  it('installs from the lock without running install scripts, with one line before and one after', async () => {
    const { code, output } = await bootstrap().ended();
    expect(code).toBe(0);
    expect(calls()).toEqual(['ci --ignore-scripts --include=dev --no-audit --no-fund']);
    expect(output.trim().split('\n')).toEqual([
      expect.stringMatching(/^Installing dependencies \(first run/),
      expect.stringMatching(/^Dependencies installed in \d+ s\.$/),
    ]);
  });

  it('says and does nothing while the lock stays the same, also when its file was touched', async () => {
    await bootstrap().ended();
    expect(await bootstrap().ended()).toEqual({ code: 0, signal: null, output: '' });
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(root, 'package-lock.json'), later, later);
    expect(await bootstrap().ended()).toEqual({ code: 0, signal: null, output: '' });
    expect(calls()).toHaveLength(1);
  });

  it('installs again when the lock changed', async () => {
    await bootstrap().ended();
    writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
    expect((await bootstrap().ended()).output).toContain('the lock has changed');
    expect(calls()).toHaveLength(2);
  });

  it('installs once when two run at the same time', async () => {
    const first = bootstrap({ NPM_WAITS_FOR: 'go' });
    await first.says('Installing');
    const second = bootstrap();
    await second.says('waiting for it');
    writeFileSync(join(root, 'go'), '');
    expect((await first.ended()).code).toBe(0);
    expect((await second.ended()).code).toBe(0);
    expect(calls()).toHaveLength(1);
    expect(existsSync(join(root, '.bootstrap-lock'))).toBe(false);
  });

  it('takes over from a run that was killed', async () => {
    const killed = bootstrap({ NPM_WAITS_FOR: 'never' });
    await killed.says('Installing');
    killed.child.kill('SIGKILL');
    await killed.ended().catch(() => undefined);
    expect(existsSync(join(root, '.bootstrap-lock'))).toBe(true);
    expect((await bootstrap().ended()).code).toBe(0);
    writeFileSync(join(root, 'never'), '');
  });

  it('leaves no turn behind when it is interrupted', async () => {
    const run = bootstrap({ NPM_WAITS_FOR: 'never' });
    await run.says('Installing');
    run.child.kill('SIGINT');
    expect((await run.ended()).code).toBe(130);
    expect(existsSync(join(root, '.bootstrap-lock'))).toBe(false);
  });
});

describe('a failed installation', () => {
  it.each([
    ['npm error code EAI_AGAIN', 'the package registry cannot be reached', 'npm config get registry'],
    ['npm error code ENOSPC', 'the disk is full', 'free about'],
    ['npm error code EUSAGE', 'package-lock.json does not match', 'git checkout package.json package-lock.json'],
    ['npm error code EINTEGRITY', 'does not match its checksum', 'npm cache verify'],
    ['something new', 'npm says above what went wrong', 'npm ci --ignore-scripts'],
  ])('with %s says why, and what to do', async (complaint, why, next) => {
    const { code, output } = await bootstrap({ NPM_FAILS_WITH: complaint }).ended();
    expect(code).toBe(1);
    expect(output).toContain(complaint);
    expect(output).toContain(why);
    expect(output).toContain(next);
    expect(existsSync(join(root, '.bootstrap-lock'))).toBe(false);
  });

  it('is tried again by the next run', async () => {
    await bootstrap({ NPM_FAILS_WITH: 'ENOSPC' }).ended();
    expect((await bootstrap().ended()).code).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  it('is an incomplete checkout when the lock is missing', async () => {
    rmSync(join(root, 'package-lock.json'));
    const { code, output } = await bootstrap().ended();
    expect(code).toBe(1);
    expect(output).toContain('git checkout package-lock.json');
    expect(() => statSync(join(root, 'node_modules'))).toThrow();
  });
});
