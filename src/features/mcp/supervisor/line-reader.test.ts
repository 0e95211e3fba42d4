import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineReader } from './line-reader.ts';

function linesOf(chunks: readonly Buffer[], lineBytesMax: number): (readonly [string, boolean])[] {
  const lines: (readonly [string, boolean])[] = [];
  const reader = createLineReader(lineBytesMax, (line, cut) => lines.push([line.toString('latin1'), cut]));
  for (const chunk of chunks) reader.push(chunk);
  return lines;
}

test('lines are the same however the bytes are cut into chunks', () => {
  const bytes = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60 });
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(60)), (text, cuts) => {
      const whole = Buffer.from(text, 'latin1');
      const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
      const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
      const expected = text.split('\n').slice(0, -1);
      expect(linesOf(chunks, 100)).toEqual(expected.map((line) => [line, false]));
    }),
  );
});

test('of a line that is too long the beginning is told once, and the next line is whole again', () => {
  expect(linesOf([Buffer.from('12345'), Buffer.from('678901'), Buffer.from('2\nnext\n')], 8)).toEqual([
    ['12345678', true],
    ['next', false],
  ]);
  expect(linesOf([Buffer.from('12345678\n')], 8)).toEqual([['12345678', false]]);
});
