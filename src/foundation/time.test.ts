import { expect, test } from 'vitest';
import { describeWait } from './time.ts';

test.each([
  [0, '0 ms'],
  [250, '250 ms'],
  [1_000, '1 s'],
  [58_500, '59 s'],
  [119_001, '2 min'],
  [2_700_000, '45 min'],
  [30_646_517, '8 h 31 min'],
  [172_740_000, '47 h 59 min'],
  [273_600_000, '3 d 4 h'],
  [2_592_000_000, '30 d 0 h'],
])('a wait of %i ms reads as %s', (milliseconds, words) => {
  expect(describeWait(milliseconds)).toBe(words);
});
