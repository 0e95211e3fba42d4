import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPayloadCapture } from './payload-capture.ts';

function captured(chunks: readonly Buffer[]) {
  const capture = createPayloadCapture({ isCompressed: false });
  for (const chunk of chunks) capture.push(chunk);
  return capture.column(capture.kept().text);
}

describe('a captured payload', () => {
  it('is whole while it fits', () => {
    const column = captured([Buffer.from('{"a":'), Buffer.from('1}')]);
    expect(column).toEqual({
      text: '{"a":1}',
      bytes: 7,
      sha256: createHash('sha256').update('{"a":1}').digest('hex'),
      truncated: false,
    });
  });

  it('is its two ends when it does not fit, whatever the sizes of its chunks', () => {
    const whole = Buffer.from(Array.from({ length: 600_000 }, (_, index) => 97 + (index % 26)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1_000;
          chunks.push(whole.subarray(at, at + Math.max(size, 1_000)));
          at += Math.max(size, 1_000);
        }
        const column = captured(chunks);
        const text = column.text ?? '';
        expect([column.bytes, column.truncated]).toEqual([600_000, true]);
        expect(text.startsWith(whole.subarray(0, 8_192).toString())).toBe(true);
        expect(text.endsWith(whole.subarray(-8_192).toString())).toBe(true);
        expect(text).toContain(`[${600_000 - 16_384} bytes left out]`);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the size and hash of what passed, and the text of what it meant', () => {
    const capture = createPayloadCapture({ isCompressed: true });
    capture.push(Buffer.from([1, 2, 3]));
    capture.pushReadable(Buffer.from('meaning'));
    expect(capture.column(capture.kept().text)).toMatchObject({ text: 'meaning', bytes: 3, truncated: false });
  });
});
