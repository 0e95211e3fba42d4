/**
 * The secret store as it stands on disk: one canonical JSON document, authenticated as a whole.
 *
 * Each record proves that it was not changed; the MAC over the document proves that none was added, removed or put
 * back from an older document, and the counter tells an older document from the newest one.
 */
import { equalInConstantTime, hkdfSha256, hmacSha256, type Sealed } from '#foundation/crypto';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, parseTrustedJson } from '#foundation/json';
import type { MasterKeyDescription } from './master-key.ts';
import { ALGORITHM, RECORD_VERSION, type SecretRecord } from './secret-record.ts';

const FORMAT = 'systemprompt-secret-store';
const DOCUMENT_VERSION = 1;
const KEY_CHECK_BYTES = 8;

export type WrappedStoreKey = { readonly id: string; readonly created_at_ms: number; readonly sealed: Sealed };

export type StoreDocument = {
  readonly store_id: string;
  /** Grows by one with every change. */
  readonly counter: number;
  readonly master: MasterKeyDescription;
  /** Tells the right master key from a wrong one, so that a wrong key is not mistaken for a damaged file. */
  readonly key_check: string;
  /** The last one seals what is new. */
  readonly store_keys: readonly WrappedStoreKey[];
  /** By name, then by version. */
  readonly records: readonly SecretRecord[];
};

export function keyCheckOf(masterKey: Buffer, storeId: string): string {
  return hkdfSha256(masterKey, Buffer.from(storeId), 'secret store key check v1', KEY_CHECK_BYTES).toString('hex');
}

export function formatDocument(document: StoreDocument, masterKey: Buffer): Buffer {
  const body = bodyOf(document);
  return Buffer.from(`${canonicalJson({ ...body, mac: macOf(body, document.store_id, masterKey) })}\n`);
}

/** Undefined when the MAC does not fit; the caller has already seen that the key does. */
export function isAuthentic(text: string, document: StoreDocument, masterKey: Buffer): boolean {
  // Comparing the whole text also refuses what a parser would forgive: other spacing, other case, other order.
  return equalInConstantTime(formatDocument(document, masterKey), Buffer.from(text));
}

function macOf(body: JsonObject, storeId: string, masterKey: Buffer): string {
  const key = hkdfSha256(masterKey, Buffer.from(storeId), 'secret store manifest v1');
  return hmacSha256(key, canonicalJson(body)).toString('hex');
}

function bodyOf(document: StoreDocument): JsonObject {
  return {
    format: FORMAT,
    v: DOCUMENT_VERSION,
    store_id: document.store_id,
    counter: document.counter,
    master: describeMaster(document.master),
    key_check: document.key_check,
    store_keys: document.store_keys.map((key) => ({ ...key, sealed: formatSealed(key.sealed) })),
    records: document.records.map((record) => ({
      ...record,
      data_key: formatSealed(record.data_key),
      value: formatSealed(record.value),
    })),
  };
}

/** The description as JSON; also the associated data of every wrapped store key. */
export function describeMaster(master: MasterKeyDescription): JsonObject {
  return master.provider === 'passphrase'
    ? { provider: master.provider, salt: master.salt, cost: { ...master.cost } }
    : { provider: master.provider };
}

export function formatSealed(sealed: Sealed): JsonObject {
  return {
    nonce: sealed.nonce.toString('hex'),
    ciphertext: sealed.ciphertext.toString('hex'),
    tag: sealed.tag.toString('hex'),
  };
}

/** The document, or undefined when the text has another shape. Nothing in it is trusted before `isAuthentic`. */
export function parseDocument(text: string): StoreDocument | undefined {
  let root: JsonValue;
  try {
    root = parseTrustedJson(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(root) || root.format !== FORMAT || root.v !== DOCUMENT_VERSION) return undefined;
  const { store_id, counter, key_check } = root;
  const master = parseMaster(root.master);
  const store_keys = parseList(root.store_keys, parseStoreKey);
  const records = parseList(root.records, parseRecord);
  if (typeof store_id !== 'string' || typeof key_check !== 'string' || !isCount(counter)) return undefined;
  if (master === undefined || store_keys === undefined || store_keys.length === 0 || records === undefined) {
    return undefined;
  }
  return { store_id, counter, master, key_check, store_keys, records };
}

function parseList<T>(value: JsonValue | undefined, parse: (item: JsonValue) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: T[] = [];
  for (const item of value) {
    const parsed = parse(item);
    if (parsed === undefined) return undefined;
    items.push(parsed);
  }
  return items;
}

export function parseMaster(value: JsonValue | undefined): MasterKeyDescription | undefined {
  if (!isJsonObject(value)) return undefined;
  const { provider, salt, cost } = value;
  if (provider === 'file' || provider === 'command') return { provider };
  if (provider !== 'passphrase' || typeof salt !== 'string' || !isJsonObject(cost)) return undefined;
  const { memoryKiB, passes, lanes } = cost;
  if (!isCount(memoryKiB) || !isCount(passes) || !isCount(lanes)) return undefined;
  return { provider, salt, cost: { memoryKiB, passes, lanes } };
}

function parseStoreKey(value: JsonValue): WrappedStoreKey | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, created_at_ms } = value;
  const sealed = parseSealed(value.sealed);
  if (typeof id !== 'string' || !isCount(created_at_ms) || sealed === undefined) return undefined;
  return { id, created_at_ms, sealed };
}

function parseRecord(value: JsonValue): SecretRecord | undefined {
  if (!isJsonObject(value) || value.v !== RECORD_VERSION || value.alg !== ALGORITHM) return undefined;
  const { store_key, tenant, name, version, created_at_ms } = value;
  const data_key = parseSealed(value.data_key);
  const sealed = parseSealed(value.value);
  if (typeof store_key !== 'string' || typeof tenant !== 'string' || typeof name !== 'string') return undefined;
  if (!isCount(version) || !isCount(created_at_ms) || data_key === undefined || sealed === undefined) return undefined;
  const fields = { v: RECORD_VERSION, alg: ALGORITHM, store_key, tenant, name, version, created_at_ms } as const;
  return { ...fields, data_key, value: sealed };
}

export function parseSealed(value: JsonValue | undefined): Sealed | undefined {
  if (!isJsonObject(value)) return undefined;
  const { nonce, ciphertext, tag } = value;
  if (typeof nonce !== 'string' || typeof ciphertext !== 'string' || typeof tag !== 'string') return undefined;
  return {
    nonce: Buffer.from(nonce, 'hex'),
    ciphertext: Buffer.from(ciphertext, 'hex'),
    tag: Buffer.from(tag, 'hex'),
  };
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
