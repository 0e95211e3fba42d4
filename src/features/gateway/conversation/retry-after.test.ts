import { describe, expect, it } from 'vitest';
import { retryAfterHeader, retryAfterMsOf } from './retry-after.ts';

describe('the wait that an upstream asks for', () => {
  it.each([
    [{}, null],
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
    [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '-1' }, null],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, null],
    [{ 'retry-after': '999999999999' }, 86_400_000],
    [{ 'retry-after': '1e9' }, null],
  ])('in %j is %s', (headers, wait) => {
    expect(retryAfterMsOf(headers)).toBe(wait);
  });

  it.each([
    [null, {}],
    [0, { 'retry-after': '1' }],
    [1_000, { 'retry-after': '1' }],
    [1_001, { 'retry-after': '2' }],
  ])('of %s is told as %j, never too short', (wait, headers) => {
    expect(retryAfterHeader(wait)).toEqual(headers);
  });
});
