/** The store in memory: a document whose every part has been proved, and its keys. Pure: no file, no clock. */
import { KEY_BYTES, NONCE_BYTES, seal, unseal } from '#foundation/crypto';
import { assert, OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import { canonicalJson } from '#foundation/json';
import type { MasterKeyDescription } from './master-key.ts';
import { openRecord, type SecretRecord, sealRecord } from './secret-record.ts';
import { SecretValue } from './secret-value.ts';
import {
  describeMaster,
  isAuthentic,
  keyCheckOf,
  parseDocument,
  type StoreDocument,
  type WrappedStoreKey,
} from './store-document.ts';

export type OpenedSecret = {
  readonly name: string;
  readonly version: number;
  readonly createdAtMs: number;
  readonly value: SecretValue;
};

export type OpenedStore = {
  readonly document: StoreDocument;
  readonly masterKey: Buffer;
  /** By the id that records name. */
  readonly storeKeys: ReadonlyMap<string, Buffer>;
  /** This tenant's secrets: every version kept, oldest first. */
  readonly versions: ReadonlyMap<string, readonly OpenedSecret[]>;
};

/** Proves and opens a document; throws `forbidden` with the place of what does not fit. */
export function openDocument(text: string, masterKey: Buffer, tenant: string, where: string): OpenedStore {
  const document = parseDocument(text);
  if (document === undefined) throw damaged(where, 'it is not a secret store');
  if (keyCheckOf(masterKey, document.store_id) !== document.key_check) throw wrongKey(where, document);
  if (!isAuthentic(text, document, masterKey)) throw damaged(where, 'it was changed by something else than the store');
  const storeKeys = new Map<string, Buffer>();
  for (const wrapped of document.store_keys) {
    const key = unseal(masterKey, wrapped.sealed, storeKeyBinding(document.store_id, wrapped, document.master));
    if (key === undefined) throw damaged(where, `its store key ${wrapped.id} does not open`);
    storeKeys.set(wrapped.id, key);
  }
  const versions = new Map<string, OpenedSecret[]>();
  for (const record of document.records) {
    if (record.tenant !== tenant) continue;
    const opened = openOne(record, storeKeys, document.store_id, where);
    versions.set(record.name, [...(versions.get(record.name) ?? []), opened]);
  }
  return { document, masterKey, storeKeys, versions };
}

function openOne(
  record: SecretRecord,
  storeKeys: ReadonlyMap<string, Buffer>,
  storeId: string,
  where: string,
): OpenedSecret {
  const storeKey = storeKeys.get(record.store_key);
  const value = storeKey === undefined ? undefined : openRecord(record, { storeId, storeKey });
  if (value === undefined) throw damaged(where, `its record ${record.name} version ${record.version} does not open`);
  const { name, version, created_at_ms } = record;
  return { name, version, createdAtMs: created_at_ms, value: new SecretValue(value) };
}

/** An empty store under its first store key. */
export function emptyDocument(
  master: { readonly key: Buffer; readonly description: MasterKeyDescription },
  deps: { readonly ids: IdSource; readonly nowMs: number },
): StoreDocument {
  const { ids, nowMs } = deps;
  const storeId = ids.uuid();
  const first = { id: 'sk_1', created_at_ms: nowMs };
  return {
    store_id: storeId,
    counter: 1,
    master: master.description,
    key_check: keyCheckOf(master.key, storeId),
    store_keys: [wrapStoreKey(ids.bytes(KEY_BYTES), first, storeId, master, ids)],
    records: [],
  };
}

/** The same document with another version of one secret; of its older versions `versionsKept - 1` stay. */
export function withVersion(
  store: OpenedStore,
  secret: { readonly tenant: string; readonly name: string; readonly value: string },
  deps: { readonly ids: IdSource; readonly nowMs: number; readonly versionsKept: number },
): StoreDocument {
  const { document } = store;
  const isSame = (record: SecretRecord) => record.tenant === secret.tenant && record.name === secret.name;
  const older = document.records.filter(isSame);
  const current = currentStoreKey(store);
  const record = sealRecord(
    {
      store_key: current.id,
      tenant: secret.tenant,
      name: secret.name,
      version: (older.at(-1)?.version ?? 0) + 1,
      created_at_ms: deps.nowMs,
    },
    secret.value,
    { storeId: document.store_id, storeKey: current.key },
    deps.ids,
  );
  const kept = deps.versionsKept > 1 ? older.slice(1 - deps.versionsKept) : [];
  const others = document.records.filter((other) => !isSame(other));
  return { ...document, records: [...others, ...kept, record].sort(byNameAndVersion) };
}

export function withoutSecret(store: OpenedStore, tenant: string, name: string): StoreDocument {
  const records = store.document.records.filter((record) => record.tenant !== tenant || record.name !== name);
  return { ...store.document, records };
}

/** A new store key, and every record of every tenant sealed anew under it, with new data keys. */
export function withNewStoreKey(
  store: OpenedStore,
  where: string,
  deps: { readonly ids: IdSource; readonly nowMs: number },
): StoreDocument {
  const { document, masterKey } = store;
  const storeId = document.store_id;
  const key = deps.ids.bytes(KEY_BYTES);
  const fields = { id: nextStoreKeyId(currentStoreKey(store).id), created_at_ms: deps.nowMs };
  const master = { key: masterKey, description: document.master };
  const records = document.records.map((record) => {
    const value = openOne(record, store.storeKeys, storeId, where).value.reveal();
    return sealRecord({ ...nameOf(record), store_key: fields.id }, value, { storeId, storeKey: key }, deps.ids);
  });
  return { ...document, store_keys: [wrapStoreKey(key, fields, storeId, master, deps.ids)], records };
}

/** The same records and store keys, the store keys wrapped by another master key. */
export function withNewMasterKey(
  store: OpenedStore,
  master: { readonly key: Buffer; readonly description: MasterKeyDescription },
  ids: IdSource,
): StoreDocument {
  const { document } = store;
  const store_keys = document.store_keys.map((wrapped) => {
    const key = store.storeKeys.get(wrapped.id);
    assert(key !== undefined, 'an opened store holds every key of its document');
    return wrapStoreKey(key, wrapped, document.store_id, master, ids);
  });
  const key_check = keyCheckOf(master.key, document.store_id);
  return { ...document, master: master.description, key_check, store_keys };
}

function currentStoreKey(store: OpenedStore): { readonly id: string; readonly key: Buffer } {
  const id = store.document.store_keys.at(-1)?.id ?? '';
  const key = store.storeKeys.get(id);
  assert(key !== undefined, 'a store has a current key');
  return { id, key };
}

function nextStoreKeyId(id: string): string {
  return `sk_${Number(/^sk_(\d+)$/.exec(id)?.[1] ?? 0) + 1}`;
}

function nameOf(record: SecretRecord): Pick<SecretRecord, 'tenant' | 'name' | 'version' | 'created_at_ms'> {
  return { tenant: record.tenant, name: record.name, version: record.version, created_at_ms: record.created_at_ms };
}

function byNameAndVersion(left: SecretRecord, right: SecretRecord): number {
  if (left.tenant !== right.tenant) return left.tenant < right.tenant ? -1 : 1;
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.version - right.version;
}

type StoreKeyFields = Pick<WrappedStoreKey, 'id' | 'created_at_ms'>;

function wrapStoreKey(
  key: Buffer,
  fields: StoreKeyFields,
  storeId: string,
  master: { readonly key: Buffer; readonly description: MasterKeyDescription },
  ids: IdSource,
): WrappedStoreKey {
  const binding = storeKeyBinding(storeId, fields, master.description);
  const sealed = seal(master.key, ids.bytes(NONCE_BYTES), key, binding);
  return { id: fields.id, created_at_ms: fields.created_at_ms, sealed };
}

/** The parameters of a passphrase are bound here, so that nobody can make the next guess cheaper. */
function storeKeyBinding(storeId: string, fields: StoreKeyFields, master: MasterKeyDescription): Buffer {
  const binding = { v: 1, purpose: 'store-key', store_id: storeId, id: fields.id, created_at_ms: fields.created_at_ms };
  return Buffer.from(canonicalJson({ ...binding, master: describeMaster(master) }));
}

function damaged(where: string, problem: string): OperatingError {
  return new OperatingError('forbidden', 'secret_store_tampered', `the secret store cannot be trusted: ${problem}`, {
    where,
    remedy: `restore ${where} from a backup, or import an export: systemprompt admin config secret import FILE`,
  });
}

function wrongKey(where: string, document: StoreDocument): OperatingError {
  const provider = document.master.provider;
  return new OperatingError('forbidden', 'master_key_wrong', `the master key (${provider}) is not this store's key`, {
    where,
    remedy:
      provider === 'passphrase'
        ? 'give the right passphrase'
        : `restore the master key that belongs to ${where}, or check the profile's secrets.master_key`,
  });
}
