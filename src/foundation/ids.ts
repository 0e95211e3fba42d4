import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;

/** A string that only its own parser can make: `Brand<'UserId'>` is not assignable to `Brand<'SessionId'>`. */
export type Brand<Name extends string> = string & { readonly [brand]: Name };

/** The only door to randomness. Tests give a counting one. */
export type IdSource = {
  /** Cryptographically strong random bytes. */
  bytes(length: number): Buffer;
  /** A UUID of version 7 (RFC 9562 section 5.7): time-ordered, 74 random bits. */
  uuid(): string;
  /** See `isTraceId`. */
  traceId(): string;
};

export function createIdSource(nowMs: () => number, bytes: (length: number) => Buffer = randomBytes): IdSource {
  const pooled = createRandomPool(bytes);
  return {
    bytes,
    uuid: () => formatUuid7(nowMs(), pooled(UUID_RANDOM_BYTES)),
    traceId: () => pooled(TRACE_ID_BYTES).toString('hex'),
  };
}

const UUID_RANDOM_BYTES = 10;
const TRACE_ID_BYTES = 16;
const POOL_BYTES = 4_096;

/**
 * Hands out each random byte once, from a supply that is drawn in one go: a draw costs far more than its bytes. For
 * ids, which are no secrets; keys and tokens are drawn by themselves and leave no copy in a supply.
 */
function createRandomPool(bytes: (length: number) => Buffer): (length: number) => Buffer {
  let pool: Buffer = Buffer.alloc(0);
  let used = 0;
  return (length) => {
    if (used + length > pool.length) {
      pool = bytes(POOL_BYTES);
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}

function formatUuid7(epochMs: number, random: Buffer): string {
  const time = Math.max(0, Math.floor(epochMs)).toString(16).padStart(12, '0').slice(-12);
  const tail = random.toString('hex');
  const variant = ((random[2] ?? 0) & 0x3f) | 0x80;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-${variant.toString(16)}${tail.slice(6, 8)}-${tail.slice(8)}`;
}

/** Trace ids as W3C Trace Context has them: 32 hexadecimal digits, not all zero. */
export function isTraceId(text: string): boolean {
  return /^(?!0{32})[0-9a-f]{32}$/.test(text);
}
