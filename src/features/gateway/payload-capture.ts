import { createHash, type Hash } from 'node:crypto';
import { sha256 } from '#foundation/crypto';
import type { PayloadColumn } from '#governance/audit/record';

/** Bodies up to this size are kept whole, longer ones as their two ends. */
export const PAYLOAD_BYTES_MAX = 262_144;
const END_BYTES = 8_192;

/** Notes a body as it passes: its size and hash always, its text within `PAYLOAD_BYTES_MAX`. */
export type PayloadCapture = {
  /** Bytes as they went over the wire. */
  push(chunk: Buffer): void;
  /** The same bytes in readable form, where they were compressed; otherwise never called. */
  pushReadable(chunk: Buffer): void;
  /** What can be read of the body, once all of it has passed. */
  kept(): KeptText;
  /** The body's column with the text that may be written down of it; called once, after the last byte. */
  column(text: string | null): PayloadColumn;
};

export type KeptText = { readonly text: string; readonly isWhole: boolean };

export function createPayloadCapture(options: { readonly isCompressed: boolean }): PayloadCapture {
  const digest = createDigest();
  const ends = createEnds();
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      digest.push(chunk);
      if (!options.isCompressed) ends.push(chunk);
    },
    pushReadable: (chunk) => ends.push(chunk),
    kept: () => ends.kept(),
    column: (text) => ({ bytes, sha256: digest.hex(), text, truncated: !ends.isWhole() }),
  };
}

/** SHA-256 of what is pushed. A body in one piece, as most are, is hashed in one go at its end. */
function createDigest() {
  let first: Buffer | undefined;
  let hash: Hash | undefined;
  return {
    push(chunk: Buffer): void {
      if (hash !== undefined) hash.update(chunk);
      else if (first === undefined) first = chunk;
      else hash = createHash('sha256').update(first).update(chunk);
    },
    hex: (): string => hash?.digest('hex') ?? sha256(first ?? '').toString('hex'),
  };
}

/** The whole while it fits, afterwards its first and last bytes. */
function createEnds() {
  let head: Buffer[] = [];
  let tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let isWhole = true;
  let leftOutBytes = 0;

  function push(chunk: Buffer): void {
    if (isWhole && headBytes + chunk.length <= PAYLOAD_BYTES_MAX) {
      head.push(chunk);
      headBytes += chunk.length;
      return;
    }
    if (!isWhole) {
      pushTail(chunk);
      return;
    }
    const all = Buffer.concat([...head, chunk]);
    isWhole = false;
    head = [Buffer.from(all.subarray(0, END_BYTES))];
    pushTail(all.subarray(END_BYTES));
  }

  function pushTail(chunk: Buffer): void {
    tail.push(chunk);
    tailBytes += chunk.length;
    if (tailBytes <= 16 * END_BYTES) return;
    // Copied, so that a short end does not hold on to the long buffer it was cut from.
    const end = Buffer.from(Buffer.concat(tail).subarray(-END_BYTES));
    leftOutBytes += tailBytes - end.length;
    tail = [end];
    tailBytes = end.length;
  }

  function kept(): KeptText {
    if (isWhole) {
      const [only] = head;
      const all = head.length === 1 && only !== undefined ? only : Buffer.concat(head);
      return { text: all.toString('utf8'), isWhole };
    }
    const end = Buffer.concat(tail).subarray(-END_BYTES);
    const missing = leftOutBytes + tailBytes - end.length;
    return { text: `${Buffer.concat(head)}\n[${missing} bytes left out]\n${end}`, isWhole };
  }

  return { push, kept, isWhole: () => isWhole };
}
