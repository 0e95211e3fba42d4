import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { chunkFrame, exceptionFrame, frame } from '#tests/support/bedrock';
import { type EventFrame, EventFrames } from './event-frames.ts';

function read(...pieces: readonly Buffer[]): readonly unknown[] {
  const frames = new EventFrames();
  const read: EventFrame[] = [];
  for (const piece of pieces) frames.push(piece, (frame) => read.push(frame));
  return read.map(({ headers, payload }) => [Object.fromEntries(headers), payload.toString()]);
}

describe('a message of the event stream', () => {
  it.each([
    ['nothing', '000000100000000005c248eb7d98c8ff', [{}, '']],
    ['a payload', '0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936', [{}, "{'foo':'bar'}"]],
    [
      'a header of text',
      '0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1',
      [{ 'content-type': 'application/json' }, "{'foo':'bar'}"],
    ],
    [
      'a header that is a number',
      '0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a27626172277d36f480a0',
      [{}, "{'foo':'bar'}"],
    ],
  ])('with %s is read, as AWS publishes it', (_, hex, expected) => {
    expect(read(Buffer.from(hex, 'hex'))).toEqual([expected]);
  });

  it('is read wherever the bytes are cut, several at once too', () => {
    const bytes = Buffer.concat([
      chunkFrame({ type: 'ping' }),
      exceptionFrame('throttlingException', 'slow'),
      frame({}, ''),
    ]);
    const whole = read(bytes);
    expect(whole).toHaveLength(3);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
    }
    expect(read(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('is refused when any bit of it is another', () => {
    const sound = chunkFrame({ type: 'ping' });
    for (let at = 0; at < sound.length; at++) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      expect(() => read(bytes), `byte ${at}`).toThrow(/is damaged/);
    }
  });

  it('is read when one after it is damaged, and again no more', () => {
    const seen: EventFrame[] = [];
    const frames = new EventFrames();
    const bad = Buffer.alloc(16);
    expect(() => frames.push(Buffer.concat([frame({}, 'sound'), bad]), (read) => seen.push(read))).toThrow(
      /is damaged/,
    );
    expect(() => frames.push(frame({}, 'late'), (read) => seen.push(read))).toThrow(/is damaged/);
    expect(seen.map(({ payload }) => payload.toString())).toEqual(['sound']);
  });

  it.each([
    ['shorter than a message', 15],
    ['longer than any', 0x7fffffff],
  ])('that says it is %s is refused before it is waited for', (_, length) => {
    const sound = frame({}, '');
    sound.writeUInt32BE(length, 0);
    // With the right checksum for the wrong length.
    sound.writeUInt32BE(crc32(sound.subarray(0, 8)), 8);
    expect(() => read(sound.subarray(0, 12))).toThrow(/is impossible/);
  });
});
