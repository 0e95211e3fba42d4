/**
 * One version of one secret at rest: the value sealed by a data key of its own, the data key sealed by a store key.
 *
 * A data key seals exactly one message, so a random nonce of 96 bits can never repeat under it. The associated data
 * says where the record belongs; a record moved to another name, version, tenant or store does not open.
 */
import { KEY_BYTES, NONCE_BYTES, type Sealed, seal, unseal } from '#foundation/crypto';
import { assert } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import { canonicalJson } from '#foundation/json';

export const RECORD_VERSION = 1;

/** ChaCha20-Poly1305, RFC 8439. */
export const ALGORITHM = 'C20P';

export type SecretRecord = {
  readonly v: typeof RECORD_VERSION;
  readonly alg: typeof ALGORITHM;
  readonly store_key: string;
  readonly tenant: string;
  readonly name: string;
  readonly version: number;
  readonly created_at_ms: number;
  readonly data_key: Sealed;
  readonly value: Sealed;
};

/** What a record is bound to beside its own fields. */
export type RecordPlace = { readonly storeId: string; readonly storeKey: Buffer };

export type RecordName = Pick<SecretRecord, 'store_key' | 'tenant' | 'name' | 'version' | 'created_at_ms'>;

export function sealRecord(name: RecordName, value: string, place: RecordPlace, ids: IdSource): SecretRecord {
  const fields = { v: RECORD_VERSION, alg: ALGORITHM, ...name } as const;
  const dataKey = ids.bytes(KEY_BYTES);
  const plaintext = Buffer.from(value, 'utf8');
  try {
    return {
      ...fields,
      data_key: seal(place.storeKey, ids.bytes(NONCE_BYTES), dataKey, bindingOf(fields, place.storeId, 'data-key')),
      value: seal(dataKey, ids.bytes(NONCE_BYTES), plaintext, bindingOf(fields, place.storeId, 'value')),
    };
  } finally {
    dataKey.fill(0);
    plaintext.fill(0);
  }
}

/** The value, or undefined when the record was changed or stands where it does not belong. */
export function openRecord(record: SecretRecord, place: RecordPlace): string | undefined {
  const dataKey = unseal(place.storeKey, record.data_key, bindingOf(record, place.storeId, 'data-key'));
  if (dataKey === undefined) return undefined;
  const plaintext = unseal(dataKey, record.value, bindingOf(record, place.storeId, 'value'));
  const value = plaintext?.toString('utf8');
  dataKey.fill(0);
  plaintext?.fill(0);
  return value;
}

function bindingOf(
  record: Omit<SecretRecord, 'data_key' | 'value'>,
  storeId: string,
  purpose: 'data-key' | 'value',
): Buffer {
  assert(storeId.length > 0, 'a record is bound to a store');
  return Buffer.from(
    canonicalJson({
      v: record.v,
      alg: record.alg,
      purpose,
      store_id: storeId,
      store_key: record.store_key,
      tenant: record.tenant,
      name: record.name,
      version: record.version,
      created_at_ms: record.created_at_ms,
    }),
  );
}
