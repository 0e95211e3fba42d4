/** The keys that sign access tokens: a small ring in a file of mode 0600, made on first use. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import { exportPrivateKey, generateEd25519, importPrivateKey } from '#foundation/crypto';
import { OperatingError, unreachable } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import { canonicalJson, isJsonObject, type JsonValue, parseTrustedJson } from '#foundation/json';
import { createPrivateFileWriter, ensurePrivateDirectory, readPrivateFile } from '#foundation/private-file';
import type { TokenAlgorithm } from './token-signing.ts';

export type HmacKey = { readonly algorithm: 'HS256'; readonly createdAtMs: number; readonly secret: Buffer };

export type AsymmetricKey = {
  readonly algorithm: 'EdDSA' | 'ES256';
  readonly createdAtMs: number;
  /** The RFC 7638 thumbprint of the public key. */
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
};

export type SigningKey = HmacKey | AsymmetricKey;

export type SigningKeysDeps = { readonly path: string; readonly ids: IdSource; readonly nowMs: number };

const FILE_BYTES_MAX = 65_536;
const HMAC_KEY_BYTES = 64;

/** The keys of one algorithm, oldest first; makes the first one. Two processes that start at once get the same. */
export async function loadSigningKeys(algorithm: TokenAlgorithm, deps: SigningKeysDeps): Promise<SigningKey[]> {
  const found = (await readRing(deps.path)).filter((key) => key.algorithm === algorithm);
  if (found.length > 0) return found;
  return rotateSigningKey(algorithm, deps, 1);
}

/**
 * Adds a key that signs from now on, and keeps `keysKept` of the algorithm, so that tokens signed before stay good
 * until they expire. Keep one to make every earlier token worthless.
 */
export async function rotateSigningKey(
  algorithm: TokenAlgorithm,
  deps: SigningKeysDeps,
  keysKept: number,
): Promise<SigningKey[]> {
  ensurePrivateDirectory(dirname(deps.path));
  const ring = await readRing(deps.path);
  const others = ring.filter((key) => key.algorithm !== algorithm);
  const own = ring.filter((key) => key.algorithm === algorithm);
  const keys = [...own, await makeKey(algorithm, deps)].slice(-keysKept);
  const bytes = formatRing([...others, ...keys]);
  const writer = createPrivateFileWriter(deps.ids);
  if (ring.length > 0) {
    writer.replace(deps.path, bytes);
    return keys;
  }
  try {
    writer.create(deps.path, bytes);
    return keys;
  } catch (error) {
    if (!(error instanceof OperatingError) || error.kind !== 'conflict') throw error;
    return loadSigningKeys(algorithm, deps);
  }
}

/** The public halves as a JWK Set (RFC 7517) for `/.well-known/jwks.json`; a secret key has none. */
export async function exportJwks(keys: readonly SigningKey[]): Promise<{ readonly keys: readonly JWK[] }> {
  const asymmetric = keys.filter((key): key is AsymmetricKey => key.algorithm !== 'HS256');
  const exported = asymmetric.map(async (key) => ({
    ...(await exportJWK(key.publicKey)),
    kid: key.keyId,
    alg: key.algorithm,
    use: 'sig',
  }));
  return { keys: await Promise.all(exported) };
}

async function makeKey(algorithm: TokenAlgorithm, deps: SigningKeysDeps): Promise<SigningKey> {
  switch (algorithm) {
    case 'HS256':
      return { algorithm, createdAtMs: deps.nowMs, secret: deps.ids.bytes(HMAC_KEY_BYTES) };
    case 'EdDSA':
      return withKeyId(algorithm, deps.nowMs, generateEd25519());
    case 'ES256':
      return withKeyId(algorithm, deps.nowMs, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    default:
      return unreachable(algorithm);
  }
}

async function withKeyId(
  algorithm: AsymmetricKey['algorithm'],
  createdAtMs: number,
  privateKey: KeyObject,
): Promise<AsymmetricKey> {
  const publicKey = createPublicKey(privateKey);
  const keyId = await calculateJwkThumbprint(await exportJWK(publicKey));
  return { algorithm, createdAtMs, keyId, privateKey, publicKey };
}

function formatRing(keys: readonly SigningKey[]): Buffer {
  const entries = keys.map((key) => ({
    algorithm: key.algorithm,
    created_at_ms: key.createdAtMs,
    key: key.algorithm === 'HS256' ? key.secret.toString('hex') : exportPrivateKey(key.privateKey),
  }));
  return Buffer.from(`${canonicalJson({ v: 1, keys: entries })}\n`);
}

async function readRing(path: string): Promise<SigningKey[]> {
  const bytes = readPrivateFile(path, FILE_BYTES_MAX);
  if (bytes === undefined) return [];
  try {
    const root = parseTrustedJson(bytes.toString('utf8'));
    const entries = isJsonObject(root) && Array.isArray(root.keys) ? root.keys : [];
    const keys = await Promise.all(entries.map(parseKey));
    if (keys.length > 0) return keys;
  } catch {
    // Which byte is wrong does not matter, and the message of a parser might quote the key.
  }
  throw new OperatingError('invalid_input', 'signing_keys_malformed', `${path} does not hold signing keys`, {
    where: path,
    remedy: `restore ${path} from a backup, or remove it: every access token then has to be issued again`,
  });
}

async function parseKey(entry: JsonValue): Promise<SigningKey> {
  const { algorithm, created_at_ms, key } = isJsonObject(entry) ? entry : {};
  if (typeof key !== 'string' || typeof created_at_ms !== 'number') throw new TypeError('not a key');
  if (algorithm === 'HS256' && /^[0-9a-f]{64,}$/.test(key)) {
    return { algorithm, createdAtMs: created_at_ms, secret: Buffer.from(key, 'hex') };
  }
  if (algorithm === 'EdDSA' || algorithm === 'ES256') {
    return withKeyId(algorithm, created_at_ms, importPrivateKey(key));
  }
  throw new TypeError('not a key');
}
