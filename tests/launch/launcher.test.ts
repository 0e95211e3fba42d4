import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launch } from './launched.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A program that tells what it sees; as `serve` it waits for a signal, counts them, and ends with 7. */
const PROGRAM = `
export async function main(process: NodeJS.Process): Promise<void> {
  const words = process.argv.slice(2);
  console.log(JSON.stringify({ words, flags: process.execArgv, pid: process.pid }));
  if (words[0] !== 'serve') {
    process.exitCode = 5;
    return;
  }
  let signals = 0;
  const hold = setInterval(() => {}, 1_000);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals++;
      console.log('got ' + signal);
      setImmediate(() => setTimeout(() => {
        console.log('signals: ' + signals);
        clearInterval(hold);
        process.exitCode = 7;
      }, 50));
    });
  }
  console.log('ready');
}
`;

/** Makes this Node.js pass for an old one without \`execve\`, once: the child that it starts is itself again. */
const PRETEND_OLD = `
if (process.env.PRETEND_OLD) {
  delete process.env.PRETEND_OLD;
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
  process.execve = undefined;
}
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'launcher-'));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'src', 'app'), { recursive: true });
  copyFileSync(join(ROOT, 'bin', 'systemprompt.mjs'), join(root, 'bin', 'systemprompt.mjs'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'src', 'app', 'main.ts'), PROGRAM);
  writeFileSync(join(root, 'pretend-old.mjs'), PRETEND_OLD);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const old = () => ['--import', join(root, 'pretend-old.mjs')];
const installed = () => symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));

function run(words: readonly string[], options: { flags?: readonly string[]; env?: NodeJS.ProcessEnv } = {}) {
  const { flags = [], env = {} } = options;
  return launch([...flags, 'bin/systemprompt.mjs', ...words], { cwd: root, env });
}

describe('the launcher', () => {
  it('runs the sources of a checkout under their condition, in the same process, with words and exit code', async () => {
    const launched = run(['admin', 'users', '--name', 'a b']);
    const { code, output } = await launched.ended();
    expect(code).toBe(5);
    expect(JSON.parse(output)).toEqual({
      words: ['admin', 'users', '--name', 'a b'],
      flags: ['--conditions=systemprompt-source'],
      pid: launched.child.pid,
    });
  });

  it('bounds the heap of a server, unless its operator has', async () => {
    const flagsOf = async (flags: readonly string[], env: NodeJS.ProcessEnv = {}) => {
      const launched = run(['serve'], { flags, env });
      await launched.says('ready');
      launched.child.kill('SIGTERM');
      const { output } = await launched.ended();
      const seen: { flags: string[]; pid: number } = JSON.parse(output.split('\n')[0] ?? '');
      expect(seen.pid).toBe(launched.child.pid);
      return seen.flags;
    };
    const [source, semiSpace, growth] = [
      '--conditions=systemprompt-source',
      '--max-semi-space-size=8',
      '--heap-growing-percent=50',
    ];
    expect(await flagsOf([])).toEqual([source, semiSpace, growth]);
    expect(await flagsOf(['--max-semi-space-size=32'])).toEqual(['--max-semi-space-size=32', source, growth]);
    expect(await flagsOf([], { NODE_OPTIONS: '--max-semi-space-size=32' })).toEqual([source, growth]);
  });

  it('does not start anything anew when the condition is there already', async () => {
    const { output } = await run([], { flags: ['--conditions=systemprompt-source'] }).ended();
    expect(JSON.parse(output).flags).toEqual(['--conditions=systemprompt-source']);
  });

  it('runs the build of an installed package without any condition', async () => {
    rmSync(join(root, 'src'), { recursive: true });
    mkdirSync(join(root, 'dist', 'app'), { recursive: true });
    writeFileSync(
      join(root, 'dist', 'app', 'main.js'),
      'export const main = (process) => console.log(process.execArgv.length);',
    );
    expect((await run([]).ended()).output).toBe('0\n');
  });
});

describe('on a Node.js that is too old, the launcher', () => {
  const env = { PRETEND_OLD: '1' };

  it.skipIf(!existsSync(join(ROOT, 'node_modules', '.bin', 'node')))('runs the bundled one as its child', async () => {
    installed();
    const launched = run(['show'], { flags: old(), env });
    const { code, output } = await launched.ended();
    expect(code).toBe(5);
    expect(JSON.parse(output).flags).toContain('--conditions=systemprompt-source');
    expect(JSON.parse(output).pid).not.toBe(launched.child.pid);
  });

  it('says so when none is bundled, and what to do', async () => {
    const { code, output } = await run([], { flags: old(), env }).ended();
    expect(code).toBe(1);
    expect(output).toContain('needs Node.js 22.19 or later');
    expect(output).toContain('this is Node.js 20.20.2');
    expect(output).toContain('node scripts/bootstrap.mjs');
  });
});

describe.each([
  ['in the same process', [], {}],
  ['by way of a child', ['old'], { PRETEND_OLD: '1' }],
] as const)('a signal to the launcher, %s,', (_, flags, env) => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'reaches the server exactly once, and its exit code comes back: %s',
    async (signal) => {
      installed();
      const launched = run(['serve'], { flags: flags.length > 0 ? old() : [], env });
      await launched.says('ready');
      // The same press of a key arrives twice, from the terminal and from npm.
      launched.child.kill(signal);
      if (flags.length > 0) launched.child.kill(signal);
      const { code, output } = await launched.ended();
      expect(output).toContain(`got ${signal}`);
      expect(output).toContain('signals: 1');
      expect(code).toBe(7);
    },
  );

  it('that kills the server ends the launcher in the same way', async () => {
    installed();
    const launched = run(['serve'], { flags: flags.length > 0 ? old() : [], env });
    await launched.says('ready');
    launched.child.kill('SIGHUP');
    expect((await launched.ended()).signal).toBe('SIGHUP');
  });
});
