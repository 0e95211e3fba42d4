/**
 * How one record stands in a segment, integers big-endian:
 *
 *     0  magic        4 bytes  "SPR1"
 *     4  CRC-32       4 bytes  over everything after it, offset 8 to the end of the frame
 *     8  length       4 bytes  of the payload
 *    12  group index  4 bytes  how many records of the same group commit stand before this one
 *    16  leaf prefix  1 byte   0x00, so that offset 16 to the end is exactly what the tree hashes
 *    17  payload      canonical JSON
 *
 * The group index says what was durable when this frame was written: everything before its group. Replay uses it to
 * tell a torn tail (never acknowledged, cut) from damage to what had been durable (refused).
 */
import { crc32 } from 'node:zlib';
import { LEAF_PREFIX } from './hashing.ts';

export const FRAME_HEADER_BYTES = 17;
/** No payload is longer, whatever the configuration was when it was written; a greater length is damage. */
export const PAYLOAD_BYTES_LIMIT = 67_108_864;
/** "SPR1" */
export const FRAME_MAGIC = 0x53505231;

const CRC_OFFSET = 4;
const COVERED_OFFSET = 8;
const LENGTH_OFFSET = 8;
const GROUP_OFFSET = 12;
const LEAF_OFFSET = 16;

export type Frame = {
  readonly offset: number;
  /** The offset of the byte after the frame. */
  readonly end: number;
  readonly groupIndex: number;
  /** What the tree hashes: the prefix byte and the payload. */
  readonly leaf: Buffer;
  readonly payload: Buffer;
};

export type FrameProblem = {
  readonly offset: number;
  /** `incomplete`: the bytes end before the frame does. */
  readonly problem: 'incomplete' | 'magic' | 'length' | 'checksum';
};

export function encodeFrame(payload: string, groupIndex: number): Buffer {
  const length = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame.writeUInt32BE(FRAME_MAGIC, 0);
  frame.writeUInt32BE(length, LENGTH_OFFSET);
  frame.writeUInt32BE(groupIndex, GROUP_OFFSET);
  frame[LEAF_OFFSET] = LEAF_PREFIX;
  frame.write(payload, FRAME_HEADER_BYTES);
  frame.writeUInt32BE(crc32(frame.subarray(COVERED_OFFSET)), CRC_OFFSET);
  return frame;
}

/** Gives an encoded frame, not yet written, another place in its group. */
export function regroupFrame(frame: Buffer, groupIndex: number): void {
  frame.writeUInt32BE(groupIndex, GROUP_OFFSET);
  frame.writeUInt32BE(crc32(frame.subarray(COVERED_OFFSET)), CRC_OFFSET);
}

/** The part of an encoded frame that the tree hashes. */
export function leafOf(frame: Buffer): Buffer {
  return frame.subarray(LEAF_OFFSET);
}

/** How long the frame at `offset` says it is, header included; undefined when its header is not whole. */
export function frameBytes(bytes: Buffer, offset: number): number | undefined {
  if (bytes.length - offset < FRAME_HEADER_BYTES) return undefined;
  const length = bytes.readUInt32BE(offset + LENGTH_OFFSET);
  return length > PAYLOAD_BYTES_LIMIT ? undefined : FRAME_HEADER_BYTES + length;
}

export function decodeFrame(bytes: Buffer, offset: number): Frame | FrameProblem {
  const available = bytes.length - offset;
  if (available < FRAME_HEADER_BYTES) {
    const known = Math.min(4, available);
    const begins = magicBytes()
      .subarray(0, known)
      .equals(bytes.subarray(offset, offset + known));
    return { offset, problem: begins ? 'incomplete' : 'magic' };
  }
  if (bytes.readUInt32BE(offset) !== FRAME_MAGIC) return { offset, problem: 'magic' };
  const length = bytes.readUInt32BE(offset + LENGTH_OFFSET);
  if (length > PAYLOAD_BYTES_LIMIT) return { offset, problem: 'length' };
  const end = offset + FRAME_HEADER_BYTES + length;
  if (end > bytes.length) return { offset, problem: 'incomplete' };
  const checksum = bytes.readUInt32BE(offset + CRC_OFFSET);
  if (crc32(bytes.subarray(offset + COVERED_OFFSET, end)) !== checksum || bytes[offset + LEAF_OFFSET] !== LEAF_PREFIX) {
    return { offset, problem: 'checksum' };
  }
  return {
    offset,
    end,
    groupIndex: bytes.readUInt32BE(offset + GROUP_OFFSET),
    leaf: bytes.subarray(offset + LEAF_OFFSET, end),
    payload: bytes.subarray(offset + FRAME_HEADER_BYTES, end),
  };
}

/** The next whole frame at or after `offset`, for judging what stands behind a damaged one. */
export function findFrame(bytes: Buffer, offset: number): Frame | undefined {
  const magic = magicBytes();
  for (let at = bytes.indexOf(magic, offset); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    const frame = decodeFrame(bytes, at);
    if (!('problem' in frame)) return frame;
  }
  return undefined;
}

function magicBytes(): Buffer {
  const magic = Buffer.allocUnsafe(4);
  magic.writeUInt32BE(FRAME_MAGIC, 0);
  return magic;
}
