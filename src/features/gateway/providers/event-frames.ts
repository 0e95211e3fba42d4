import { crc32 } from 'node:zlib';
import { OperatingError } from '#foundation/errors';

/**
 * A message of `application/vnd.amazon.eventstream`, integers big-endian:
 *
 *     0  total length    4 bytes  of the whole message
 *     4  headers length  4 bytes
 *     8  CRC-32          4 bytes  over the eight bytes before it
 *    12  headers                  name length (1), name, type (1), value
 *        payload
 *        CRC-32          4 bytes  over everything before it
 *
 * https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream
 */
export type EventFrame = {
  /** Of headers that are text, by name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Buffer;
};

const PRELUDE_BYTES = 12;
const FRAME_BYTES_MIN = 16;
/** AWS sends no more in one message than 16 MiB and its headers. */
const FRAME_BYTES_MAX = 16_908_288;

/** Reads messages from bytes cut anywhere. */
export class EventFrames {
  #held: Buffer[] = [];
  #bytes = 0;
  /** What must be there before there is anything to read. */
  #needed = PRELUDE_BYTES;

  /** Hands on every message that is whole by now; throws `upstream` at one that is damaged, after those before it. */
  push(chunk: Buffer, onFrame: (frame: EventFrame) => void): void {
    this.#held.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return;
    const bytes = Buffer.concat(this.#held);
    let at = 0;
    this.#needed = PRELUDE_BYTES;
    try {
      while (bytes.length - at >= PRELUDE_BYTES) {
        const length = frameLength(bytes.subarray(at));
        if (bytes.length - at < length) {
          this.#needed = length;
          return;
        }
        onFrame(readFrame(bytes.subarray(at, at + length)));
        at += length;
      }
    } finally {
      this.#held = [bytes.subarray(at)];
      this.#bytes = bytes.length - at;
    }
  }
}

function frameLength(bytes: Buffer): number {
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw damaged('the checksum of its head is wrong');
  const length = bytes.readUInt32BE(0);
  if (length < FRAME_BYTES_MIN || length > FRAME_BYTES_MAX)
    throw damaged(`its length of ${length} bytes is impossible`);
  return length;
}

function readFrame(frame: Buffer): EventFrame {
  const end = frame.length - 4;
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) throw damaged('its checksum is wrong');
  const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4);
  if (headersEnd > end) throw damaged('its headers are longer than it is');
  return { headers: readHeaders(frame.subarray(PRELUDE_BYTES, headersEnd)), payload: frame.subarray(headersEnd, end) };
}

const STRING = 7;
/** Of values by their type: true, false, byte, short, integer, long; then time and UUID. */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8],
  [9, 16],
]);

function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw damaged('a header is cut');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const name = take(take(1).readUInt8()).toString('utf8');
    const type = take(1).readUInt8();
    if (type > 9) throw damaged('a header is of a type that is not known');
    const value = take(FIXED_BYTES.get(type) ?? take(2).readUInt16BE());
    if (type === STRING) headers.set(name, value.toString('utf8'));
  }
  return headers;
}

function damaged(what: string): OperatingError {
  return new OperatingError('upstream', 'event_stream_damaged', `a message of the event stream is damaged: ${what}`);
}
