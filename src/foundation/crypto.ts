/**
 * The few primitives that the product is built on, each a thin, typed face of `node:crypto`. Nothing here chooses a
 * policy: which key, which nonce and which associated data belong together is said where they are used.
 */
import {
  argon2,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { assert } from './errors.ts';

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

export function sha256(data: string | Uint8Array): Buffer {
  // As a string of bytes first: a buffer of its own for each digest costs more than the digest.
  return Buffer.from(hash('sha256', data, 'latin1'), 'latin1');
}

/** The digest as 43 characters of base64url: the cheapest form for a map key. */
export function sha256Text(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url');
}

export function hmacSha256(key: Uint8Array | KeyObject, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Compares without telling by its duration where the two differ. Only the lengths may be learned. */
export function equalInConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** HKDF with SHA-256 (RFC 5869); `info` names the purpose, so that two purposes never share a key. */
export function hkdfSha256(key: Uint8Array, salt: Uint8Array, info: string, bytes = KEY_BYTES): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, bytes));
}

export type Sealed = { readonly nonce: Buffer; readonly ciphertext: Buffer; readonly tag: Buffer };

/**
 * ChaCha20-Poly1305 (RFC 8439). The nonce has 96 bits: a key that seals more than one message must never see it twice.
 */
export function seal(key: Uint8Array, nonce: Buffer, plaintext: Uint8Array, associatedData: Uint8Array): Sealed {
  assert(key.length === KEY_BYTES && nonce.length === NONCE_BYTES, 'a ChaCha20-Poly1305 key has 32 bytes, a nonce 12');
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

/** Undefined when anything differs from what was sealed: key, nonce, ciphertext, tag or associated data. */
export function unseal(key: Uint8Array, sealed: Sealed, associatedData: Uint8Array): Buffer | undefined {
  if (sealed.nonce.length !== NONCE_BYTES || sealed.tag.length !== TAG_BYTES) return undefined;
  const decipher = createDecipheriv('chacha20-poly1305', key, sealed.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData, { plaintextLength: sealed.ciphertext.length });
  decipher.setAuthTag(sealed.tag);
  const plaintext = decipher.update(sealed.ciphertext);
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}

export type Argon2idCost = {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
};

/** About a third of a second and 64 MiB on a small machine: the cost of one guess. */
export const ARGON2ID_COST: Argon2idCost = { memoryKiB: 65_536, passes: 3, lanes: 1 };

/** A key of 32 bytes from a passphrase (RFC 9106); runs off the main thread. */
export function argon2id(passphrase: string, salt: Buffer, cost: Argon2idCost): Promise<Buffer> {
  const parameters = {
    message: passphrase,
    nonce: salt,
    parallelism: cost.lanes,
    tagLength: KEY_BYTES,
    memory: cost.memoryKiB,
    passes: cost.passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** A new Ed25519 key; export it with `exportPrivateKey`. */
export function generateEd25519(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

export function signEd25519(privateKey: KeyObject, data: Uint8Array): Buffer {
  return sign(null, data, privateKey);
}

export function verifyEd25519(publicKey: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, data, publicKey, signature);
}

/** PKCS #8 in PEM. */
export function exportPrivateKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Throws what `node:crypto` throws when the text is no private key. */
export function importPrivateKey(pem: string): KeyObject {
  return createPrivateKey(pem);
}

/** SubjectPublicKeyInfo in PEM, from either half of a pair. */
export function exportPublicKey(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

export function importPublicKey(pem: string): KeyObject {
  return createPublicKey(pem);
}
