/**
 * The ed25519 key that signs checkpoints: `<home>/audit/signing-key.pem` (PKCS #8, 0600), apart from the database and
 * its owner. `verifier-keys` beside it lists every public key that ever signed, the newest last, and is no secret.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportPrivateKey, generateEd25519, importPrivateKey } from '#foundation/crypto';
import { OperatingError, systemCodeOf } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import { createPrivateFileWriter, ensurePrivateDirectory, readPrivateFile } from '#foundation/private-file';

export type SigningKey = {
  readonly privateKey: KeyObject;
  /** The 32 bytes of the public key. */
  readonly publicKey: Buffer;
};

const KEY_FILE = 'signing-key.pem';
const PUBLIC_FILE = 'verifier-keys';
const KEY_FILE_BYTES_MAX = 4_096;
export const PUBLIC_KEY_BYTES = 32;

/** Loads the key of the directory, making one on the first start. Refuses a key that others can read. */
export async function loadSigningKey(directory: string, ids: IdSource): Promise<SigningKey> {
  const path = join(directory, KEY_FILE);
  const pem = readPrivateFile(path, KEY_FILE_BYTES_MAX);
  if (pem === undefined) return replaceSigningKey(directory, ids);
  const key = parseKey(pem.toString('utf8'), path);
  await notePublicKey(directory, key.publicKey, ids);
  return key;
}

/** Makes a new key in place of the old one, whose public half stays valid for what it signed. */
export async function replaceSigningKey(directory: string, ids: IdSource): Promise<SigningKey> {
  ensurePrivateDirectory(directory);
  const key = signingKeyOf(generateEd25519());
  // The public half is written first: no checkpoint may exist that nobody can verify.
  await notePublicKey(directory, key.publicKey, ids);
  createPrivateFileWriter(ids).replace(join(directory, KEY_FILE), Buffer.from(exportPrivateKey(key.privateKey)));
  return key;
}

/** Every public key that may have signed a checkpoint of this home, oldest first. */
export async function readVerifierKeys(directory: string): Promise<readonly Buffer[]> {
  const text = await readFile(join(directory, PUBLIC_FILE), 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  });
  return text
    .split('\n')
    .map((line) => Buffer.from(line.trim(), 'base64'))
    .filter((bytes) => bytes.length === PUBLIC_KEY_BYTES);
}

function parseKey(pem: string, path: string): SigningKey {
  try {
    const privateKey = importPrivateKey(pem);
    if (privateKey.asymmetricKeyType === 'ed25519') return signingKeyOf(privateKey);
  } catch {
    // Falls through to the one answer for every unusable file.
  }
  throw new OperatingError('invalid_input', 'audit_key_unusable', 'the audit signing key is not an ed25519 key', {
    where: path,
    remedy: 'restore the file from a backup, or move it aside to have a new key made',
  });
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const encoded = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  // The SPKI of ed25519 is a fixed 12-byte prefix and the key (RFC 8410 section 4).
  return { privateKey, publicKey: Buffer.from(encoded.subarray(-PUBLIC_KEY_BYTES)) };
}

async function notePublicKey(directory: string, publicKey: Buffer, ids: IdSource): Promise<void> {
  const known = await readVerifierKeys(directory);
  if (known.some((key) => key.equals(publicKey))) return;
  const lines = [...known, publicKey].map((key) => `${key.toString('base64')}\n`);
  createPrivateFileWriter(ids).replace(join(directory, PUBLIC_FILE), Buffer.from(lines.join('')));
}
