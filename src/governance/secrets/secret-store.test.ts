import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import { createManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import { createFileMasterKey } from './file-master-key.ts';
import { createSecretStore, type SecretStore, type SecretStoreDeps } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

proves('store.encrypted');

const ids = createIdSource(() => 0);
let directory: string;
const opened: SecretStore[] = [];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'secret-store-')), 'secrets');
});
afterEach(() => {
  for (const store of opened.splice(0)) store.stop();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

async function open(changes: Partial<SecretStoreDeps> = {}): Promise<SecretStore> {
  const store = createSecretStore({
    directory,
    tenant: 'default',
    masterKey: createFileMasterKey({ path: join(directory, 'master.key'), ids }),
    clock: systemClock,
    ids,
    logger: silentLogger,
    ...changes,
  });
  opened.push(store);
  await store.start();
  return store;
}

const secret = (text: string) => new SecretValue(text);
const documentPath = () => join(directory, 'store.json');
const counterPath = () => join(directory, 'store.counter');

describe('values', () => {
  test('are kept across a restart, and are nowhere on disk', async () => {
    const store = await open();
    await store.set('files_api_key', secret('canary-4711'));
    const again = await open();
    expect(again.find('files_api_key')?.reveal()).toBe('canary-4711');
    expect(again.find('absent')).toBeUndefined();
    for (const name of readdirSync(directory)) {
      expect(readFileSync(join(directory, name)).includes('canary-4711')).toBe(false);
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(directory).sort()).toEqual(['master.key', 'store.counter', 'store.json']);
  });

  test('print as [secret] in every way a value is printed', async () => {
    const store = await open();
    await store.set('key', secret('canary-4711'));
    const value = store.find('key');
    expect(`${value} ${JSON.stringify({ value })} ${inspect({ value })}`).not.toContain('canary');
    expect(JSON.stringify(store.list())).not.toContain('canary');
  });

  test('are listed with their versions, of which the former stays for the scanner', async () => {
    const clock = createManualClock();
    const store = await open({ clock });
    await store.set('key', secret('one'));
    clock.advance(1_000);
    await store.rotate('key', secret('two'));
    expect(await store.rotate('key', secret('three'))).toMatchObject({ version: 3 });
    expect(store.list()).toMatchObject([{ name: 'key', version: 3, versions: [{ version: 2 }, { version: 3 }] }]);
    expect([...store.all()].map(({ value }) => value.reveal())).toEqual(['two', 'three']);
    expect(store.find('key')?.reveal()).toBe('three');
  });

  test('are deleted with every version', async () => {
    const store = await open();
    await store.set('key', secret('one'));
    await store.set('key', secret('two'));
    await store.delete('key');
    expect([...store.all()]).toEqual([]);
    await expect(store.delete('key')).rejects.toMatchObject({ kind: 'not_found' });
    await expect(store.rotate('key', secret('x'))).rejects.toMatchObject({ kind: 'not_found' });
  });

  test('of another tenant in the same store are not seen and not touched', async () => {
    const one = await open();
    const other = await open({ tenant: 'other' });
    await one.set('key', secret('mine'));
    await other.set('key', secret('theirs'));
    await one.rotateStoreKey();
    expect(one.find('key')?.reveal()).toBe('mine');
    expect(other.find('key')?.reveal()).toBe('theirs');
    await one.delete('key');
    expect(other.find('key')?.reveal()).toBe('theirs');
  });

  test.each(['', '1abc', 'a b', '../x', 'a\0', 'x'.repeat(129)])('under the name %j are refused', async (name) => {
    const store = await open();
    await expect(store.set(name, secret('x'))).rejects.toMatchObject({ code: 'secret_name_invalid' });
  });

  test.each(['', 'a\0b', '\ud800', 'x'.repeat(65_537)])('that no program could use are refused', async (value) => {
    const store = await open();
    await expect(store.set('key', secret(value))).rejects.toMatchObject({ kind: 'invalid_input' });
    expect(store.list()).toEqual([]);
  });
});

describe('several processes on one store', () => {
  test('see each other at the next use, and by the poll', async () => {
    const clock = createManualClock();
    const server = await open({ clock });
    const commandLine = await open();
    let changes = 0;
    server.onChange(() => changes++);
    await commandLine.set('key', secret('one'));
    expect(server.find('key')?.reveal()).toBe('one');
    await commandLine.set('key', secret('two'));
    clock.advance(1_000);
    expect(changes).toBe(2);
  });

  test('lose none of fifty changes made at once', async () => {
    const stores = await Promise.all([open(), open(), open()]);
    await Promise.all(Array.from({ length: 50 }, (_, i) => stores[i % 3]?.set(`key_${i}`, secret(`value ${i}`))));
    expect((await open()).list()).toHaveLength(50);
  });

  test('are not stopped by the lock of one that died', async () => {
    const store = await open();
    writeFileSync(join(directory, 'store.lock'), '999999999 gone\n', { mode: 0o600 });
    await store.set('key', secret('one'));
    expect(store.find('key')?.reveal()).toBe('one');
  });
});

describe('a file that somebody changed', () => {
  test('is refused for every bit flipped, and a running store keeps what it had', async () => {
    const store = await open();
    await store.set('key', secret('one'));
    const good = readFileSync(documentPath());
    for (let bit = 0; bit < good.length * 8; bit++) {
      const flipped = Buffer.from(good);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(documentPath(), flipped);
      await expect(store.reload()).rejects.toMatchObject({ name: 'OperatingError' });
    }
    expect(store.problem()).not.toBeNull();
    expect(store.find('key')?.reveal()).toBe('one');
    writeFileSync(documentPath(), good);
    await store.reload();
    expect(store.problem()).toBeNull();
  });

  test('is refused with two records swapped, with one removed, and with one taken twice', async () => {
    const store = await open();
    await store.set('a', secret('one'));
    await store.set('b', secret('two'));
    const good = readFileSync(documentPath(), 'utf8');
    const document = JSON.parse(good);
    const [first, second] = document.records;
    const changes = [
      [
        { ...first, value: second.value, data_key: second.data_key },
        { ...second, value: first.value, data_key: first.data_key },
      ],
      [second, first],
      [first],
      [first, second, second],
    ];
    for (const records of changes) {
      writeFileSync(documentPath(), good.replace(JSON.stringify(document.records), JSON.stringify(records)));
      expect(readFileSync(documentPath(), 'utf8')).not.toBe(good);
      await expect(open()).rejects.toMatchObject({ code: 'secret_store_tampered' });
    }
  });

  test('is refused when it is an older one, until the operator says that it is meant', async () => {
    const store = await open();
    await store.set('key', secret('old'));
    const older = readFileSync(documentPath());
    await store.set('key', secret('new'));
    writeFileSync(documentPath(), older);
    await expect(open()).rejects.toMatchObject({ code: 'secret_store_rolled_back' });
    expect(store.find('key')?.reveal()).toBe('new');
    await expect(store.set('other', secret('x'))).rejects.toMatchObject({ code: 'secret_store_rolled_back' });
    await store.adopt();
    expect((await open()).find('key')?.reveal()).toBe('old');
  });

  test('is refused as older by a running store even when the counter went back with it', async () => {
    const store = await open();
    await store.set('key', secret('old'));
    const older = [readFileSync(documentPath()), readFileSync(counterPath())] as const;
    await store.set('key', secret('new'));
    writeFileSync(documentPath(), older[0]);
    writeFileSync(counterPath(), older[1]);
    await expect(store.reload()).rejects.toMatchObject({ code: 'secret_store_rolled_back' });
    expect(store.find('key')?.reveal()).toBe('new');
  });

  test('is missed when it is gone, and so is its counter', async () => {
    const store = await open();
    await store.set('key', secret('one'));
    const [document, counter] = [readFileSync(documentPath()), readFileSync(counterPath())];
    rmSync(documentPath());
    await expect(open()).rejects.toMatchObject({ code: 'secret_store_missing' });
    expect(store.find('key')?.reveal()).toBe('one');
    writeFileSync(documentPath(), document, { mode: 0o600 });
    rmSync(counterPath());
    await expect(open()).rejects.toMatchObject({ code: 'secret_store_rolled_back' });
    writeFileSync(counterPath(), counter, { mode: 0o600 });
    expect((await open()).find('key')?.reveal()).toBe('one');
  });

  test('is refused when others could read it, with the command that mends it', async () => {
    await open();
    for (const name of ['store.json', 'master.key', 'store.counter']) {
      const path = join(directory, name);
      chmodSync(path, 0o644);
      await expect(open()).rejects.toMatchObject({ code: 'private_file_unsafe', remedy: `chmod 600 ${path}` });
      chmodSync(path, 0o600);
    }
    const key = join(directory, 'master.key');
    writeFileSync(`${key}.real`, readFileSync(key), { mode: 0o600 });
    rmSync(key);
    symlinkSync(`${key}.real`, key);
    await expect(open()).rejects.toMatchObject({ code: 'private_file_unsafe' });
  });

  test('of another master key is told from a damaged one', async () => {
    await open();
    writeFileSync(join(directory, 'master.key'), `spmk1-${'ab'.repeat(32)}\n`, { mode: 0o600 });
    await expect(open()).rejects.toMatchObject({ code: 'master_key_wrong' });
    writeFileSync(join(directory, 'master.key'), 'nonsense\n', { mode: 0o600 });
    await expect(open()).rejects.toMatchObject({ code: 'master_key_malformed' });
    rmSync(join(directory, 'master.key'));
    await expect(open()).rejects.toMatchObject({ code: 'master_key_missing' });
  });
});
