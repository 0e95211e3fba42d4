import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilToNanodollars, formatMicrodollars, picodollarsPerToken, roundToMicrodollars } from './money.ts';

describe('money', () => {
  it('keeps a price of $3 per million tokens as 3 microdollars a token', () => {
    expect(picodollarsPerToken(3)).toBe(3_000_000n);
    expect(roundToMicrodollars(picodollarsPerToken(3) * 1_000n)).toBe(3_000);
  });

  it('keeps prices below a cent per million exact', () => {
    expect(picodollarsPerToken(0.075)).toBe(75_000n);
    expect(picodollarsPerToken(0.0075)).toBe(7_500n);
  });

  it('rounds once, half up', () => {
    expect(roundToMicrodollars(499_999n)).toBe(0);
    expect(roundToMicrodollars(500_000n)).toBe(1);
    expect(roundToMicrodollars(1_499_999n)).toBe(1);
  });

  it('is never rounded down where it is reserved', () => {
    expect([0n, 1n, 1_000n, 1_001n].map(ceilToNanodollars)).toEqual([0n, 1n, 1n, 2n]);
  });

  it('never differs from the exact sum by more than half a microdollar', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (pico) => {
        const difference = BigInt(roundToMicrodollars(pico)) * 1_000_000n - pico;
        expect(difference > -500_000n && difference <= 500_000n).toBe(true);
      }),
    );
  });

  it('is shown in dollars', () => {
    expect(formatMicrodollars(1_234)).toBe('$0.001234');
  });
});
