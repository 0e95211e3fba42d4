import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createIdSource, isTraceId } from './ids.ts';

describe('an id', () => {
  it('has the form of a UUID of version 7 (RFC 9562 section 5.7) and begins with the time', () => {
    const ids = createIdSource(() => 0x0192_3456_789a);
    const uuid = ids.uuid();
    expect(uuid).toMatch(/^01923456-789a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is never given twice', () => {
    const ids = createIdSource(() => 1_000);
    const given = new Set(Array.from({ length: 10_000 }, () => ids.uuid()));
    expect(given.size).toBe(10_000);
  });

  it('takes its randomness from where it is told', () => {
    const ids = createIdSource(
      () => 0,
      (length) => Buffer.alloc(length, 0xff),
    );
    expect(ids.uuid()).toBe('00000000-0000-7fff-bfff-ffffffffffff');
    expect(createIdSource(() => 0, randomBytes).bytes(5)).toHaveLength(5);
  });

  it('shares no random byte with another id', () => {
    let drawn = 0;
    const ids = createIdSource(
      () => 0,
      (length) => Buffer.from(Array.from({ length }, () => drawn++ % 251)),
    );
    expect([ids.traceId(), ids.traceId()]).toEqual([
      '000102030405060708090a0b0c0d0e0f',
      '101112131415161718191a1b1c1d1e1f',
    ]);
    expect(ids.uuid()).toBe('00000000-0000-7202-a223-242526272829');
  });
});

describe('a trace id', () => {
  it('is 32 hexadecimal digits, not all zero (W3C Trace Context section 3.2.2.3)', () => {
    expect(isTraceId('4bf92f3577b34da6a3ce929d0e0e4736')).toBe(true);
    for (const wrong of ['0'.repeat(32), '4BF92F3577B34DA6A3CE929D0E0E4736', '4bf9', `${'a'.repeat(33)}`, '']) {
      expect(isTraceId(wrong)).toBe(false);
    }
  });
});
