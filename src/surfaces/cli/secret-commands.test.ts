import { describe, expect, it } from 'vitest';
import { parseTrustedJson } from '#foundation/json';
import type { SecretDesk } from './services.ts';
import { cli, NOW_MS } from './testing/run-in-process.ts';

const VALUE = 'correct-horse-battery';

function fakeSecretDesk() {
  const changes: unknown[][] = [];
  const version = { version: 1, createdAtMs: NOW_MS };
  const names = ['old_key'];
  const desk: SecretDesk = {
    list: () => names.map((name) => ({ name, ...version, versions: [version] })),
    async set(name, value) {
      changes.push(['set', name, value.reveal()]);
      return version;
    },
    async rotate(name, value) {
      changes.push(['rotate', name, value.reveal()]);
      return { ...version, version: 2 };
    },
    async delete(name) {
      changes.push(['delete', name]);
    },
    async rotateStoreKey() {
      changes.push(['rotateStoreKey']);
    },
    async rotateMasterKey() {
      changes.push(['rotateMasterKey']);
    },
    async exportTo(path, passphrase) {
      changes.push(['exportTo', path, passphrase.reveal()]);
      return 1;
    },
    async importFrom(path, passphrase, options) {
      changes.push(['importFrom', path, passphrase.reveal(), options]);
      return { imported: ['old_key'], skipped: [] };
    },
    async adopt() {
      changes.push(['adopt']);
    },
  };
  return { desk, changes };
}

async function secret(words: string, stdin = '') {
  const { desk, changes } = fakeSecretDesk();
  const run = await cli(['admin', 'config', 'secret', ...words.split(' ')], {
    stdin,
    services: { secrets: async () => desk },
  });
  return { ...run, changes };
}

describe('admin config secret', () => {
  it.each([`${VALUE}\n`, `${VALUE}\r\n`, VALUE])(
    'takes the value from standard input, without its last line feed',
    async (stdin) => {
      const { code, changes, stdout, stderr } = await secret('set api_key', stdin);
      expect(code).toBe(0);
      expect(changes).toEqual([['set', 'api_key', VALUE]]);
      expect(stdout + stderr).not.toContain(VALUE);
    },
  );

  it('takes no value from the command line', async () => {
    const { code, changes } = await secret(`set api_key ${VALUE}`);
    expect(code).toBe(2);
    expect(changes).toEqual([]);
  });

  it('refuses an empty value and one that is too long', async () => {
    expect((await secret('set api_key', '\n')).stderr).toContain('standard input was empty');
    const large = await secret('set api_key', 'x'.repeat(65_537));
    expect(large.code).toBe(2);
    expect(large.changes).toEqual([]);
  });

  it('keeps the inner line feeds of a key file', async () => {
    expect((await secret('set pem', '-----BEGIN\nabc\n-----END\n')).changes).toEqual([
      ['set', 'pem', '-----BEGIN\nabc\n-----END'],
    ]);
  });

  it('lists names and versions', async () => {
    expect(parseTrustedJson((await secret('list --json')).stdout)).toEqual({
      columns: ['name', 'version', 'created_at', 'versions_kept'],
      items: [{ name: 'old_key', version: 1, created_at: '2026-11-23T12:00:00.000Z', versions_kept: 1 }],
    });
  });

  it('rotates a value or a key, never both, never nothing', async () => {
    expect((await secret('rotate old_key', VALUE)).changes).toEqual([['rotate', 'old_key', VALUE]]);
    expect((await secret('rotate --layer store')).changes).toEqual([['rotateStoreKey']]);
    expect((await secret('rotate --layer master')).changes).toEqual([['rotateMasterKey']]);
    expect((await secret('rotate')).code).toBe(2);
    expect((await secret('rotate old_key --layer store')).code).toBe(2);
  });

  it('deletes what is there when it was agreed to', async () => {
    expect((await secret('delete old_key')).changes).toEqual([]);
    expect((await secret('delete old_key --yes')).changes).toEqual([['delete', 'old_key']]);
    expect((await secret('delete nope --yes')).code).toBe(5);
  });

  it('exports and imports under a passphrase from standard input', async () => {
    expect((await secret('export out.sealed', 'pass\n')).changes).toEqual([['exportTo', 'out.sealed', 'pass']]);
    expect((await secret('import in.sealed --replace', 'pass\n')).changes).toEqual([
      ['importFrom', 'in.sealed', 'pass', { replace: true }],
    ]);
    expect((await secret('adopt --yes')).changes).toEqual([['adopt']]);
  });

  it.each(['set a', 'rotate a', 'rotate --layer store', 'export f', 'import f', 'delete old_key', 'adopt'])(
    'changes nothing in a dry run: %s',
    async (words) => {
      const { code, changes } = await secret(`${words} --dry-run`, VALUE);
      expect(code).toBe(0);
      expect(changes).toEqual([]);
    },
  );
});
