import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import { parseTrustedJson, stringMember } from '#foundation/json';
import type { Home } from './home.ts';

/** What stays the same for one home over all its starts. */
export type Installation = {
  /** Names this process among those that share a database. */
  readonly id: string;
  /** Keys the fingerprints of matched secrets, so that they mean nothing elsewhere. */
  readonly fingerprintKey: Buffer;
};

const FILE_MODE = 0o600;
const KEY_BYTES = 32;

export function loadInstallation(home: Home, ids: IdSource): Installation {
  const path = join(home.keys, 'installation.json');
  if (!existsSync(path)) {
    const fresh = { id: ids.uuid(), fingerprintKey: ids.bytes(KEY_BYTES).toString('hex') };
    writeFileSync(path, `${JSON.stringify(fresh)}\n`, { mode: FILE_MODE, flag: 'wx' });
  }
  const value = parseTrustedJson(readFileSync(path, 'utf8'));
  const id = stringMember(value, 'id');
  const key = Buffer.from(stringMember(value, 'fingerprintKey') ?? '', 'hex');
  if (id !== undefined && key.length === KEY_BYTES) return { id, fingerprintKey: key };
  throw new OperatingError('invalid_input', 'installation_file', 'the file that names this installation is not whole', {
    where: path,
    remedy: `remove ${path}; the next start makes a new one`,
  });
}
