import { describe, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { openRecord, type SecretRecord, sealRecord } from './secret-record.ts';

const ids = createIdSource(() => 0);
const place = { storeId: 'store-1', storeKey: ids.bytes(32) };
const name = { store_key: 'sk_1', tenant: 'default', name: 'files_api_key', version: 1, created_at_ms: 1 };

describe('a sealed record', () => {
  const record = sealRecord(name, 'a value', place, ids);

  test('opens where it belongs', () => {
    expect(openRecord(record, place)).toBe('a value');
  });

  test('has data keys and nonces of its own, also for the same value', () => {
    const again = sealRecord(name, 'a value', place, ids);
    expect(again.value.ciphertext.equals(record.value.ciphertext)).toBe(false);
    expect(again.data_key.nonce.equals(record.data_key.nonce)).toBe(false);
  });

  test('does not open when any bit of its two envelopes is flipped', () => {
    for (const envelope of ['data_key', 'value'] as const) {
      for (const field of ['nonce', 'ciphertext', 'tag'] as const) {
        const bytes = record[envelope][field];
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const flipped = Buffer.from(bytes);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const changed: SecretRecord = { ...record, [envelope]: { ...record[envelope], [field]: flipped } };
          expect(openRecord(changed, place)).toBeUndefined();
        }
      }
    }
  });

  test.each([
    ['name', { name: 'other_api_key' }],
    ['tenant', { tenant: 'other' }],
    ['version', { version: 2 }],
    ['store key', { store_key: 'sk_2' }],
    ['time', { created_at_ms: 2 }],
  ])('does not open under another %s', (_what, change) => {
    expect(openRecord({ ...record, ...change }, place)).toBeUndefined();
  });

  test('does not open in another store or under another store key', () => {
    expect(openRecord(record, { ...place, storeId: 'store-2' })).toBeUndefined();
    expect(openRecord(record, { ...place, storeKey: ids.bytes(32) })).toBeUndefined();
  });

  test('does not open with its envelopes swapped, or with those of another record', () => {
    const other = sealRecord({ ...name, name: 'other' }, 'another value', place, ids);
    expect(openRecord({ ...record, data_key: record.value, value: record.data_key }, place)).toBeUndefined();
    expect(openRecord({ ...record, value: other.value }, place)).toBeUndefined();
    expect(openRecord({ ...record, data_key: other.data_key, value: other.value }, place)).toBeUndefined();
  });
});
