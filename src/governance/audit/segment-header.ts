/**
 * The head of a segment: "SPSEG1\n\0", the length and CRC-32 of a body, and the body: canonical JSON that says where
 * in which log the segment begins, and the state of the tree and of the hash chain there. So the tail of a journal can
 * be continued and verified after the segments before it are gone.
 */
import { crc32 } from 'node:zlib';
import { canonicalJson, isJsonObject, type JsonValue, parseTrustedJson } from '#foundation/json';
import { HASH_BYTES } from './hashing.ts';
import { setBits, type TreeState } from './merkle-tree.ts';

export const SEGMENT_MAGIC = 'SPSEG1\n\0';
const FIXED_BYTES = SEGMENT_MAGIC.length + 8;
const BODY_BYTES_MAX = 16_384;

export type SegmentHeader = {
  readonly logId: string;
  /** The sequence number of the first record; the tree before it has one leaf less. */
  readonly firstSeq: number;
  readonly tree: TreeState;
  /** The leaf hash of the record before the first one, base64; empty at the beginning of a log. */
  readonly previousLeaf: string;
};

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const body = Buffer.from(
    canonicalJson({
      version: 1,
      log_id: header.logId,
      first_seq: header.firstSeq,
      previous_leaf: header.previousLeaf,
      peaks: header.tree.peaks.map((peak) => Buffer.from(peak).toString('base64')),
    }),
  );
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.write(SEGMENT_MAGIC, 'latin1');
  fixed.writeUInt32BE(body.length, SEGMENT_MAGIC.length);
  fixed.writeUInt32BE(crc32(body), SEGMENT_MAGIC.length + 4);
  return Buffer.concat([fixed, body]);
}

export type DecodedHeader = { readonly header: SegmentHeader; readonly end: number };

/** The header, or undefined when it is not whole and right. */
export function decodeSegmentHeader(bytes: Buffer): DecodedHeader | undefined {
  if (bytes.length < FIXED_BYTES || bytes.toString('latin1', 0, SEGMENT_MAGIC.length) !== SEGMENT_MAGIC)
    return undefined;
  const length = bytes.readUInt32BE(SEGMENT_MAGIC.length);
  const end = FIXED_BYTES + length;
  if (length > BODY_BYTES_MAX || end > bytes.length) return undefined;
  const body = bytes.subarray(FIXED_BYTES, end);
  if (crc32(body) !== bytes.readUInt32BE(SEGMENT_MAGIC.length + 4)) return undefined;
  const header = parseHeaderBody(parseTrustedJson(body.toString('utf8')));
  return header === undefined ? undefined : { header, end };
}

function parseHeaderBody(body: JsonValue): SegmentHeader | undefined {
  if (!isJsonObject(body) || body.version !== 1) return undefined;
  const { log_id: logId, first_seq: firstSeq, previous_leaf: previousLeaf, peaks } = body;
  if (typeof logId !== 'string' || typeof previousLeaf !== 'string') return undefined;
  if (typeof firstSeq !== 'number' || !Number.isSafeInteger(firstSeq) || firstSeq < 1) return undefined;
  if (!Array.isArray(peaks) || peaks.length !== setBits(firstSeq - 1)) return undefined;
  const hashes = peaks.map((peak) => Buffer.from(String(peak), 'base64'));
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) return undefined;
  return { logId, firstSeq, previousLeaf, tree: { size: firstSeq - 1, peaks: hashes } };
}

/** `000000000001.segment`: sorted by name is sorted by sequence. */
export function segmentFileName(firstSeq: number): string {
  return `${String(firstSeq).padStart(12, '0')}.segment`;
}

export function isSegmentFileName(name: string): boolean {
  return /^\d{12,}\.segment$/.test(name);
}
