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
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIdSource } from './ids.ts';
import { createPrivateFileWriter, ensurePrivateDirectory, readPrivateFile } from './private-file.ts';

const ids = createIdSource(() => 0);
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'private-file-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a file is written with mode 0600 and read back', () => {
  const path = join(directory, 'key');
  createPrivateFileWriter(ids).replace(path, Buffer.from('one'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readPrivateFile(path, 100)?.toString()).toBe('one');
  expect(readPrivateFile(join(directory, 'absent'), 100)).toBeUndefined();
});

test.each([0o644, 0o640, 0o606, 0o660])('a file of mode %o is refused with the command that mends it', (mode) => {
  const path = join(directory, 'key');
  writeFileSync(path, 'one');
  chmodSync(path, mode);
  expect(() => readPrivateFile(path, 100)).toThrow(
    expect.objectContaining({ kind: 'forbidden', remedy: `chmod 600 ${path}` }),
  );
});

test('a symbolic link is refused, also to a good file', () => {
  const path = join(directory, 'key');
  createPrivateFileWriter(ids).replace(`${path}.real`, Buffer.from('one'));
  symlinkSync(`${path}.real`, path);
  expect(() => readPrivateFile(path, 100)).toThrow(expect.objectContaining({ code: 'private_file_unsafe' }));
});

test('a directory and a file that is too large are refused', () => {
  expect(() => readPrivateFile(directory, 100)).toThrow(expect.objectContaining({ code: 'private_file_unsafe' }));
  const path = join(directory, 'key');
  createPrivateFileWriter(ids).replace(path, Buffer.alloc(101));
  expect(() => readPrivateFile(path, 100)).toThrow(expect.objectContaining({ kind: 'too_large' }));
});

test('of two who make the same file one wins, and the file is never half there', () => {
  const path = join(directory, 'key');
  const writer = createPrivateFileWriter(ids);
  writer.create(path, Buffer.from('first'));
  expect(() => writer.create(path, Buffer.from('second'))).toThrow(expect.objectContaining({ kind: 'conflict' }));
  expect(readFileSync(path, 'utf8')).toBe('first');
  expect(readdirSync(directory)).toEqual(['key']);
});

test('a crash at any step leaves the old file or the new one', () => {
  const path = join(directory, 'key');
  for (const crashAt of ['before_write', 'written', 'renamed', 'done'] as const) {
    createPrivateFileWriter(ids).replace(path, Buffer.from('old'));
    const writer = createPrivateFileWriter(ids, (step) => {
      if (step === crashAt) throw new Error('crash');
    });
    expect(() => writer.replace(path, Buffer.from('new'))).toThrow('crash');
    const expected = crashAt === 'before_write' || crashAt === 'written' ? 'old' : 'new';
    expect(readPrivateFile(path, 100)?.toString()).toBe(expected);
  }
});

test('a directory that others may write is refused', () => {
  const path = join(directory, 'secrets');
  ensurePrivateDirectory(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  chmodSync(path, 0o777);
  expect(() => ensurePrivateDirectory(path)).toThrow(expect.objectContaining({ remedy: `chmod 700 ${path}` }));
});
