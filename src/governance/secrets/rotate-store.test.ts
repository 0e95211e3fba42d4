import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import type { WriteStep } from '#foundation/private-file';
import { systemClock } from '#foundation/time';
import { createCommandMasterKey } from './command-master-key.ts';
import { createFileMasterKey } from './file-master-key.ts';
import type { MasterKeyProvider } from './master-key.ts';
import { createPassphraseMasterKey } from './passphrase-master-key.ts';
import { createSecretStore, type SecretStore } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

const ids = createIdSource(() => 0);
const CHEAP = { memoryKiB: 64, passes: 1, lanes: 1 };
let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'secret-store-')), 'secrets');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const fileKey = () => createFileMasterKey({ path: join(directory, 'master.key'), ids });
const passphraseKey = (text: string, cost = CHEAP) =>
  createPassphraseMasterKey({ passphrase: async () => new SecretValue(text), ids, cost });

async function open(masterKey: MasterKeyProvider, onStep?: (step: WriteStep, path: string) => void) {
  const store = createSecretStore({
    directory,
    tenant: 'default',
    masterKey,
    clock: systemClock,
    ids,
    logger: silentLogger,
    ...(onStep === undefined ? {} : { onStep }),
  });
  await store.start();
  return store;
}

describe('each layer', () => {
  test('of the store key changes every stored byte and no value', async () => {
    const store = await open(fileKey());
    await store.set('key', new SecretValue('one'));
    const before = JSON.parse(readFileSync(join(directory, 'store.json'), 'utf8'));
    await store.rotateStoreKey();
    await store.rotateStoreKey();
    const after = JSON.parse(readFileSync(join(directory, 'store.json'), 'utf8'));
    expect(after.store_keys.map((key: { id: string }) => key.id)).toEqual(['sk_3']);
    expect(after.records[0].value.ciphertext).not.toBe(before.records[0].value.ciphertext);
    expect((await open(fileKey())).find('key')?.reveal()).toBe('one');
  });

  test('of the master key leaves the old key useless and a running server in step', async () => {
    const store = await open(fileKey());
    const server = await open(fileKey());
    await store.set('key', new SecretValue('one'));
    const oldKey = readFileSync(join(directory, 'master.key'));
    await store.rotateMasterKey();
    expect(readFileSync(join(directory, 'master.key')).equals(oldKey)).toBe(false);
    expect(readdirSync(directory).sort()).toEqual(['master.key', 'store.counter', 'store.json']);
    await store.set('key', new SecretValue('two'));
    await server.reload();
    expect(server.find('key')?.reveal()).toBe('two');
    writeFileSync(join(directory, 'master.key'), oldKey);
    await expect(open(fileKey())).rejects.toMatchObject({ code: 'master_key_wrong' });
  });

  test('of the master key can move to another provider, which the profile must then name', async () => {
    const store = await open(fileKey());
    await store.set('key', new SecretValue('one'));
    await store.rotateMasterKey(passphraseKey('correct horse battery'));
    expect(existsSync(join(directory, 'master.key'))).toBe(false);
    await expect(open(fileKey())).rejects.toMatchObject({ code: 'master_key_provider_differs' });
    expect((await open(passphraseKey('correct horse battery'))).find('key')?.reveal()).toBe('one');
    await expect(open(passphraseKey('incorrect horse battery'))).rejects.toMatchObject({ code: 'master_key_wrong' });
    await store.rotateMasterKey(fileKey());
    expect((await open(fileKey())).find('key')?.reveal()).toBe('one');
  });
});

describe('a crash', () => {
  const rotations: [string, (store: SecretStore) => Promise<unknown>][] = [
    ['setting a value', (store) => store.set('other', new SecretValue('x'))],
    ['rotating a value', (store) => store.rotate('key', new SecretValue('one'))],
    ['rotating the store key', (store) => store.rotateStoreKey()],
    ['rotating the master key', (store) => store.rotateMasterKey()],
    ['moving to a passphrase', (store) => store.rotateMasterKey(passphraseKey('correct horse battery'))],
  ];
  const moments = (['before_write', 'written', 'renamed', 'done'] as const).flatMap((step) =>
    (['store.json', 'store.counter'] as const).map((file) => [step, file] as const),
  );

  test.each(rotations)('while %s loses nothing, wherever it happens', async (_what, rotate) => {
    for (const [step, file] of moments) {
      rmSync(directory, { recursive: true, force: true });
      let armed = false;
      const store = await open(fileKey(), (at, path) => {
        if (armed && at === step && path.endsWith(file)) throw new Error('crash');
      });
      await store.set('key', new SecretValue('one'));
      armed = true;
      await expect(rotate(store)).rejects.toThrow('crash');
      const recovered = await open(fileKey()).catch(() => open(passphraseKey('correct horse battery')));
      expect(recovered.find('key')?.reveal()).toBe('one');
      await recovered.set('after', new SecretValue('works'));
      const names = readdirSync(directory).filter((name) => name !== 'master.key');
      expect(names.sort()).toEqual(['store.counter', 'store.json']);
    }
  });

  test('during the first start is followed by a good first start', async () => {
    for (const [step, file] of moments) {
      rmSync(directory, { recursive: true, force: true });
      const crashing = open(fileKey(), (at, path) => {
        if (at === step && path.endsWith(file)) throw new Error('crash');
      });
      await expect(crashing).rejects.toThrow('crash');
      const store = await open(fileKey());
      await store.set('key', new SecretValue('one'));
      expect((await open(fileKey())).find('key')?.reveal()).toBe('one');
    }
  });
});

describe('a master key', () => {
  test('from a passphrase needs the salt and the cost that were written down', async () => {
    await (await open(passphraseKey('correct horse battery'))).set('key', new SecretValue('one'));
    const path = join(directory, 'store.json');
    const good = readFileSync(path, 'utf8');
    for (const [from, to] of [
      ['"passes":1', '"passes":2'],
      ['"memoryKiB":64', '"memoryKiB":72'],
    ] as const) {
      writeFileSync(path, good.replace(from, to));
      await expect(open(passphraseKey('correct horse battery'))).rejects.toMatchObject({ code: 'master_key_wrong' });
    }
    writeFileSync(path, good.replace('"memoryKiB":64', '"memoryKiB":99999999'));
    await expect(open(passphraseKey('correct horse battery'))).rejects.toMatchObject({
      code: 'passphrase_cost_too_high',
    });
  });

  test('from a short passphrase is refused', async () => {
    await expect(open(passphraseKey('too short'))).rejects.toMatchObject({ code: 'passphrase_too_short' });
  });

  test('from a command is what the command prints', async () => {
    let printed = `${'0f'.repeat(32)}\n`;
    let exitCode = 0;
    const asked: unknown[] = [];
    const commandKey = () =>
      createCommandMasterKey({
        command: '/usr/bin/vault',
        args: ['read', 'key; rm -rf /'],
        timeoutMs: 500,
        async runCommand(...call) {
          asked.push(call);
          return { exitCode, stdout: Buffer.from(printed) };
        },
      });
    await (await open(commandKey())).set('key', new SecretValue('one'));
    expect((await open(commandKey())).find('key')?.reveal()).toBe('one');
    expect(asked[0]).toEqual(['/usr/bin/vault', ['read', 'key; rm -rf /'], { timeoutMs: 500, outputBytesMax: 1_024 }]);
    for (const wrong of ['', 'not a key', '00'.repeat(32), 'ab'.repeat(31)]) {
      printed = wrong;
      await expect(open(commandKey())).rejects.toMatchObject({ code: 'master_key_command_failed' });
    }
    exitCode = 1;
    await expect(open(commandKey())).rejects.toMatchObject({ code: 'master_key_command_failed' });
  });
});

describe('an export', () => {
  const passphrase = new SecretValue('correct horse battery');

  test('carries the values in force to another store, and leaves what stands there', async () => {
    const path = join(directory, '..', 'export.json');
    const store = await open(fileKey());
    await store.set('a', new SecretValue('one'));
    await store.set('b', new SecretValue('old'));
    await store.set('b', new SecretValue('two'));
    expect(await store.exportTo(path, passphrase)).toBe(2);
    expect(readFileSync(path, 'utf8')).not.toMatch(/one|two/);
    rmSync(directory, { recursive: true });
    const other = await open(fileKey());
    await other.set('a', new SecretValue('mine'));
    expect(await other.importFrom(path, passphrase)).toEqual({ imported: ['b'], skipped: ['a'] });
    expect([other.find('a')?.reveal(), other.find('b')?.reveal()]).toEqual(['mine', 'two']);
    await other.importFrom(path, passphrase, { replace: true });
    expect(other.find('a')?.reveal()).toBe('one');
  });

  test('is refused with another passphrase, when it was changed, and when it would overwrite a file', async () => {
    const path = join(directory, '..', 'export.json');
    const store = await open(fileKey());
    await store.set('a', new SecretValue('one'));
    await store.exportTo(path, passphrase);
    await expect(store.exportTo(path, passphrase)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(store.importFrom(path, new SecretValue('another passphrase'))).rejects.toMatchObject({
      code: 'secret_export_refused',
    });
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, good.replace('"created_at_ms":1', '"created_at_ms":2'));
    await expect(store.importFrom(path, passphrase)).rejects.toMatchObject({ code: 'secret_export_refused' });
    writeFileSync(path, '{}');
    await expect(store.importFrom(path, passphrase)).rejects.toMatchObject({ code: 'secret_export_malformed' });
    await expect(store.importFrom(`${path}.absent`, passphrase)).rejects.toMatchObject({ kind: 'not_found' });
  });
});
