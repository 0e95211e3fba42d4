import { renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { equalInConstantTime, KEY_BYTES } from '#foundation/crypto';
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import {
  createPrivateFileWriter,
  ensurePrivateDirectory,
  readPrivateFile,
  removeIfThere,
  syncDirectory,
} from '#foundation/private-file';
import type { MasterKeyProvider } from './master-key.ts';

const FILE_BYTES_MAX = 1_024;
const PREFIX = 'spmk1-';

/**
 * The master key in a file of mode 0600, made on first use. During a rotation the new key stands in `<path>.next`
 * until the store is written under it.
 */
export function createFileMasterKey(deps: { readonly path: string; readonly ids: IdSource }): MasterKeyProvider {
  const { path, ids } = deps;
  const nextPath = `${path}.next`;
  const writer = createPrivateFileWriter(ids);

  return {
    kind: 'file',
    async create(purpose) {
      ensurePrivateDirectory(dirname(path));
      // A key without a store is what a crash during the very first start leaves; it has sealed nothing yet.
      const existing = purpose === 'initial' ? readKey(path) : undefined;
      const key = existing ?? ids.bytes(KEY_BYTES);
      if (existing === undefined) writer.replace(purpose === 'initial' ? path : nextPath, formatKey(key));
      return { key, description: { provider: 'file' } };
    },
    async candidates() {
      const keys = [readKey(path), readKey(nextPath)].filter((key) => key !== undefined);
      if (keys.length > 0) return keys;
      throw new OperatingError('not_found', 'master_key_missing', `the master key file ${path} is missing`, {
        where: path,
        remedy: `restore ${path} from a backup; without it the stored secrets cannot be read`,
      });
    },
    settle(key) {
      const next = readKey(nextPath);
      if (next === undefined) return;
      if (equalInConstantTime(next, key)) renameSync(nextPath, path);
      else removeIfThere(nextPath);
      syncDirectory(dirname(path));
    },
    retire() {
      removeIfThere(path);
      removeIfThere(nextPath);
      syncDirectory(dirname(path));
    },
  };
}

function formatKey(key: Buffer): Buffer {
  return Buffer.from(`${PREFIX}${key.toString('hex')}\n`);
}

function readKey(path: string): Buffer | undefined {
  const text = readPrivateFile(path, FILE_BYTES_MAX)?.toString('latin1').trim();
  if (text === undefined) return undefined;
  const hex = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new OperatingError('invalid_input', 'master_key_malformed', `${path} does not hold a master key`, {
      where: path,
      remedy: `restore ${path} from a backup; it holds ${PREFIX} and 64 hexadecimal digits`,
    });
  }
  return Buffer.from(hex, 'hex');
}
