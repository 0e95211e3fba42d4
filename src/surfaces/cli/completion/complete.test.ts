import { describe, expect, it } from 'vitest';
import { OperatingError } from '#foundation/errors';
import type { CliServices } from '../services.ts';
import { cli } from '../testing/run-in-process.ts';

async function complete(words: readonly string[], services: Partial<CliServices> = {}): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cli(['complete', '--', ...words], { services });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));
}

/** An installation with these users. */
function withUsers(...emails: readonly string[]): Partial<CliServices> {
  const desk = { listUsers: async () => emails.map((email) => ({ email, name: 'a\tname\nof two lines' })) };
  return { identity: async () => Object.assign(Object.create(null), desk) };
}

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks us', async (shell) => {
    const { code, stdout } = await cli(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('complete -- ');
    expect(stdout).not.toMatch(/\beval\b/);
  });

  it('knows no other shell', async () => {
    const { code, stderr } = await cli(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('one of: bash, zsh, fish');
  });

  it('completes the words of commands, with what each is for', async () => {
    expect(await complete(['adm'])).toEqual(['admin']);
    expect(await complete(['admin', 'users', 'pat', ''])).toEqual(['issue', 'list', 'revoke']);
    expect((await cli(['complete', '--', 'doc'])).stdout).toBe('doctor\tCheck everything that a start needs\n');
    expect(await complete(['--home', '/srv', '-o', 'json', 'infra', 'lo'])).toEqual(['logs']);
  });

  it('completes nothing after words that lead nowhere', async () => {
    expect(await complete(['nosuch', 'noun', ''])).toEqual([]);
    expect(await complete(['infra', 'logs', 'audit', '--', '--'])).toEqual([]);
  });

  it('completes what help takes', async () => {
    expect(await complete(['help', 'ex'])).toEqual(['exit-codes']);
    expect(await complete(['help', 'infra', 'lo'])).toEqual(['logs']);
  });

  it('completes the options of one command, loaded for it, and those of every command', async () => {
    expect(await complete(['admin', 'users', 'delete', 'ada@example.com', '--'])).toEqual(
      expect.arrayContaining(['--dry-run', '--yes', '--json', '--home']),
    );
    expect(await complete(['infra', 'logs', 'view', '--si'])).toEqual(['--since']);
  });

  it('completes the values of an option that has choices, in both ways to write it', async () => {
    expect(await complete(['admin', 'users', 'list', '--role', 'a'])).toEqual(['admin', 'a2a', 'anonymous']);
    expect(await complete(['admin', 'users', 'list', '--role=ad'])).toEqual(['--role=admin']);
    expect(await complete(['infra', 'db', 'info', '-o', 'n'])).toEqual(['ndjson']);
  });

  it('completes names that this installation knows, at the place of the argument', async () => {
    const services = withUsers('ada@example.com', 'grace@example.com');
    expect(await complete(['admin', 'users', 'show', ''], services)).toEqual(['ada@example.com', 'grace@example.com']);
    expect(await complete(['admin', 'users', 'show', 'ada@'], services)).toEqual(['ada@example.com']);
    expect(await complete(['admin', 'users', 'show', 'ada@example.com', ''], services)).toEqual([]);
    expect(await complete(['admin', 'users', 'role', 'assign', 'ada@example.com', 'us'], services)).toEqual(['user']);
    expect(await complete(['admin', 'session', 'list', '--user', 'gr'], services)).toEqual(['grace@example.com']);
  });

  it('offers no name that a shell could read as more than a word', async () => {
    const services = withUsers('$(reboot)@example.com', 'a b@example.com', '`id`@example.com', 'ada@example.com');
    expect(await complete(['admin', 'users', 'show', ''], services)).toEqual(['ada@example.com']);
    const { stdout } = await cli(['complete', '--', 'admin', 'users', 'show', ''], { services });
    expect(stdout).toBe('ada@example.com\ta name of two lines\n');
  });

  it('says nothing and fails nothing when the installation cannot be asked', async () => {
    const away = async () => Promise.reject(new OperatingError('unavailable', 'server_away', 'away'));
    expect(await complete(['admin', 'users', 'show', ''], { identity: away })).toEqual([]);
    expect(await complete(['infra', 'db', 'describe', ''], { database: away })).toEqual([]);
  });

  it('leaves files to the shell', async () => {
    expect(await complete(['infra', 'audit', 'verify', '--export', ''])).toEqual([':files']);
    expect(await complete(['--home', ''])).toEqual([':files']);
  });
});
