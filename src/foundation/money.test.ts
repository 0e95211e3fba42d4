import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMicrodollars, nanodollarsPerToken, roundToMicrodollars } from './money.ts';

describe('money', () => {
  it('keeps a price of $3 per million tokens as 3 microdollars a token', () => {
    expect(nanodollarsPerToken(3)).toBe(3_000n);
    expect(roundToMicrodollars(nanodollarsPerToken(3) * 1_000n)).toBe(3_000);
  });

  it('keeps prices below a cent per million exact', () => {
    expect(nanodollarsPerToken(0.075)).toBe(75n);
  });

  it('rounds once, half up', () => {
    expect(roundToMicrodollars(499n)).toBe(0);
    expect(roundToMicrodollars(500n)).toBe(1);
    expect(roundToMicrodollars(1_499n)).toBe(1);
  });

  it('never differs from the exact sum by more than half a microdollar', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (nano) => {
        const difference = BigInt(roundToMicrodollars(nano)) * 1_000n - nano;
        expect(difference > -500n && difference <= 500n).toBe(true);
      }),
    );
  });

  it('is shown in dollars', () => {
    expect(formatMicrodollars(1_234)).toBe('$0.001234');
  });
});
