import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cli } from './testing/run-in-process.ts';

// The library writes completions to the console itself.
let lines: string[] = [];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});

afterEach(() => vi.restoreAllMocks());

async function complete(...words: readonly string[]): Promise<readonly string[]> {
  expect((await cli(['complete', '--', ...words])).code).toBe(0);
  return lines.map((line) => line.split('\t')[0] ?? '');
}

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks us', async (shell) => {
    expect((await cli(['completion', shell])).code).toBe(0);
    expect(lines.join('\n')).toContain('systemprompt complete --');
  });

  it('knows no other shell', async () => {
    const { code, stderr } = await cli(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('one of: bash, zsh, fish');
  });

  it('completes words of commands', async () => {
    expect(await complete('adm')).toContain('admin');
    lines = [];
    expect(await complete('admin', 'users', 'pat', '')).toEqual(['issue', 'list', 'revoke', ':4']);
  });

  it('completes the options of one command, loaded for it, and those of every command', async () => {
    expect(await complete('admin', 'users', 'delete', 'ada@example.com', '--')).toEqual(
      expect.arrayContaining(['--dry-run', '--yes', '--json', '--home']),
    );
  });

  it('completes the values of an option that has choices', async () => {
    expect(await complete('admin', 'users', 'list', '--role', '')).toEqual(
      expect.arrayContaining(['admin', 'user', 'service']),
    );
  });
});
